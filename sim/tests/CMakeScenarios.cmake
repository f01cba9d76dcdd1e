# SPDX-License-Identifier: Apache-2.0
# The scenarios, and the commands that run them.
if(TARGET framesim)
  framesim_test(scenarios sh sim/tests/scenarios.sh)
  if(NODE AND NOT FRAMESIM_SANITIZE) # it asks the browser, not the program
    framesim_test(report_browser ${NODE} sim/tests/report_browser.mjs $<TARGET_FILE:framesim>)
  endif()
  framesim_test(campaign sh sim/tests/campaign.sh)
  set_tests_properties(scenarios campaign PROPERTIES
    ENVIRONMENT "FRAMESIM=$<TARGET_FILE:framesim>;SANITIZE=${FRAMESIM_SANITIZE}")
endif()
