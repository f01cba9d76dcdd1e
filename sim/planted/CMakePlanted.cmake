# SPDX-License-Identifier: Apache-2.0
# Deliberately broken builds: the core once more, with the bugs of core/planted.h in it, and framesim on top of
# it. The objects stand before the libraries, so nothing of the sound core is linked.
add_library(frame_planted OBJECT ${core_sources})
target_compile_options(frame_planted PRIVATE
  "SHELL:-iquote ${CMAKE_SOURCE_DIR}" "SHELL:-iquote ${CMAKE_SOURCE_DIR}/core")
target_compile_definitions(frame_planted PRIVATE FRAME_PLANTED_BUILD)
target_link_libraries(frame_planted PRIVATE PkgConfig::SODIUM PkgConfig::XXHASH)

add_executable(framesim-planted
  sim/main.c sim/planted/planted.c $<TARGET_OBJECTS:frame_planted>)
target_compile_definitions(framesim-planted PRIVATE ${system_definitions} FRAME_PLANTED_BUILD)
target_link_libraries(framesim-planted PRIVATE framesim_lib frame)

framesim_test(planted sh sim/tests/planted.sh)
set_tests_properties(planted PROPERTIES ENVIRONMENT
  "PLANTED=$<TARGET_FILE:framesim-planted>;FRAMESIM=$<TARGET_FILE:framesim>;FRAME=$<TARGET_FILE:frame>;NM=${CMAKE_NM};SANITIZE=${FRAMESIM_SANITIZE}")

# What is made of a failure is shown with these bugs.
framesim_test(shrink sh sim/tests/shrink.sh)
framesim_test(explain sh sim/tests/explain.sh)
framesim_test(report sh sim/tests/report.sh)
framesim_test(tapes sh sim/tests/tapes.sh)
set_tests_properties(shrink explain report tapes PROPERTIES ENVIRONMENT
  "SANITIZE=${FRAMESIM_SANITIZE};PLANTED=$<TARGET_FILE:framesim-planted>;FRAMESIM=$<TARGET_FILE:framesim>")

# Small worlds, exhausted, and the bugs that they show.
framesim_test(exhaust sh sim/tests/exhaust.sh)
set_tests_properties(exhaust PROPERTIES
  ENVIRONMENT "SANITIZE=${FRAMESIM_SANITIZE};PLANTED=$<TARGET_FILE:framesim-planted>;FRAMESIM=$<TARGET_FILE:framesim>")

# Results that do not depend on the place, and a bug that lets them.
if(NOT FRAMESIM_SANITIZE)
  framesim_test(places bash sim/tests/places.sh)
  set_tests_properties(places PROPERTIES TIMEOUT 900 ENVIRONMENT "BUILD=${CMAKE_BINARY_DIR}")
endif()

# Mechanical mutants of the core: sim/mutants/judge.sh judges a sample of them (./dev mutants).
add_executable(mutate sim/mutants/mutate.c)
framesim_test(mutate sh sim/tests/mutate.sh)
set_tests_properties(mutate PROPERTIES ENVIRONMENT "MUTATE=$<TARGET_FILE:mutate>")
