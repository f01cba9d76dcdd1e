# SPDX-License-Identifier: Apache-2.0
# Tests that run the program itself: FRAMESIM in the environment names it.
if(TARGET framesim)
  framesim_test(test_cli sh sim/tests/test_cli.sh)
  set(cli_tests test_cli)
  if(TARGET test_vectors_cli)
    list(APPEND cli_tests test_vectors_cli)
  endif()
  set_tests_properties(${cli_tests} PROPERTIES ENVIRONMENT "FRAMESIM=$<TARGET_FILE:framesim>")
endif()
