# SPDX-License-Identifier: Apache-2.0
# The fuzz targets without an engine (framesim-corpus replays corpora/), and with FRAMESIM_FUZZ one
# program for each target with an engine: "libfuzzer" (clang) or "afl" (CC=afl-clang-fast).

set(FRAMESIM_FUZZ "" CACHE STRING "Build the fuzz targets for an engine: libfuzzer or afl")

# Targets over a core with planted bugs, one of which FRAMESIM_PLANTED_BUG names when they run.
option(FRAMESIM_FUZZ_PLANTED "Build the targets' programs on a core with planted bugs" OFF)

set(fuzz_targets json receipt parse verify merge execute attestation envelope sync routing log scenario tape)

# The system's calls that no target may make: the linker sends them to forbid.c.
set(fuzz_wraps time clock_gettime gettimeofday clock rand random getrandom randombytes_random
  randombytes_uniform)
list(TRANSFORM fuzz_wraps PREPEND "-Wl,--wrap=")

file(GLOB fuzz_sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} fuzz/*.c)
list(FILTER fuzz_sources EXCLUDE REGEX
  "/(target_.*|corpus|make_seeds|hostile|forbid|planted_bug|mutator_libfuzzer|mutator_afl)\\.c$")
list(SORT fuzz_sources)

# fuzz_library(TARGET CORE): the helpers of the targets over one build of the core.
function(fuzz_library target core)
  add_library(${target} STATIC ${fuzz_sources})
  target_compile_options(${target} PUBLIC
    "SHELL:-iquote ${CMAKE_SOURCE_DIR}/fuzz" "SHELL:-iquote ${CMAKE_SOURCE_DIR}/sim")
  target_compile_definitions(${target} PUBLIC ${system_definitions})
  target_link_options(${target} INTERFACE ${fuzz_wraps})
  target_link_libraries(${target} PUBLIC ${core})
endfunction()

fuzz_library(fuzz framesim_lib)
if(FRAMESIM_FUZZ_PLANTED)
  target_compile_definitions(frame PRIVATE FRAME_PLANTED_BUILD)
  target_compile_definitions(fuzz PRIVATE FRAME_PLANTED_BUILD)
endif()

# fuzz_link(PROGRAM): forbid.c stands in every program itself, since an engine's runtime, which is linked
# last, may make such calls too.
function(fuzz_link program)
  target_sources(${program} PRIVATE ${CMAKE_SOURCE_DIR}/fuzz/forbid.c)
  framesim_memory_sanitizer(${program})
  if(FRAMESIM_FUZZ_PLANTED)
    target_sources(${program} PRIVATE ${CMAKE_SOURCE_DIR}/fuzz/planted_bug.c)
    set_source_files_properties(${CMAKE_SOURCE_DIR}/fuzz/planted_bug.c
      PROPERTIES COMPILE_DEFINITIONS FRAME_PLANTED_BUILD)
  endif()
  target_link_libraries(${program} PRIVATE fuzz)
endfunction()

# Replay. clang can count the edges of the core that an input touches, in a build of it of its own.
add_executable(framesim-corpus fuzz/corpus.c)
foreach(name IN LISTS fuzz_targets)
  add_library(fuzz_${name}_object OBJECT fuzz/target_${name}.c)
  target_compile_definitions(fuzz_${name}_object PRIVATE LLVMFuzzerTestOneInput=fuzz_target_${name})
  target_link_libraries(fuzz_${name}_object PRIVATE fuzz)
  target_sources(framesim-corpus PRIVATE $<TARGET_OBJECTS:fuzz_${name}_object>)
endforeach()
fuzz_link(framesim-corpus)
if(CMAKE_C_COMPILER_ID MATCHES "Clang" AND NOT FRAMESIM_SANITIZE AND NOT FRAMESIM_FUZZ)
  set(edge_sources ${core_sources})
  list(REMOVE_ITEM edge_sources core/crypto.c) # answers of `verify` are remembered from input to input
  add_library(frame_edges OBJECT ${edge_sources})
  target_compile_options(frame_edges PRIVATE -fsanitize-coverage=inline-bool-flag)
  target_link_libraries(frame_edges PRIVATE frame)
  target_sources(framesim-corpus PRIVATE $<TARGET_OBJECTS:frame_edges>)
endif()

foreach(maker make_seeds hostile)
  add_executable(${maker} fuzz/${maker}.c)
  fuzz_link(${maker})
endforeach()

framesim_test(hostile_files sh fuzz/tests/hostile.sh)
set_tests_properties(hostile_files PROPERTIES ENVIRONMENT
  "FRAMESIM=$<TARGET_FILE:framesim>;HOSTILE=$<TARGET_FILE:hostile>")

foreach(name IN LISTS fuzz_targets)
  framesim_test(corpus_${name} framesim-corpus ${name})
endforeach()

file(GLOB fuzz_tests CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} fuzz/tests/test_*.c)
foreach(source IN LISTS fuzz_tests)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  fuzz_link(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  framesim_test(${name} ${name})
endforeach()

# Engines. libFuzzer watches, and the sanitizers guard, what is under test: the core and the scenario parser.
# Comparisons are not traced: the mutator knows the format, and tracing them costs a third of the time.
# The model and the mutator stay as fast as they are. afl-clang-fast instruments by itself.
if(FRAMESIM_FUZZ STREQUAL "libfuzzer")
  set(watched -fsanitize=fuzzer-no-link,address,undefined
    -fno-sanitize-coverage=trace-cmp -fno-sanitize-recover=all)
  target_compile_options(frame PRIVATE ${watched})
  target_link_options(frame INTERFACE -fsanitize=address,undefined)
  file(GLOB scenario_sources RELATIVE ${CMAKE_SOURCE_DIR} sim/scenario*.c)
  set_source_files_properties(${scenario_sources} PROPERTIES COMPILE_OPTIONS "${watched}")
endif()
if(FRAMESIM_FUZZ)
  add_custom_target(fuzz_programs)
  foreach(name IN LISTS fuzz_targets)
    add_executable(fuzz_${name} fuzz/target_${name}.c)
    fuzz_link(fuzz_${name})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    add_dependencies(fuzz_programs fuzz_${name})
    if(FRAMESIM_FUZZ STREQUAL "libfuzzer")
      target_sources(fuzz_${name} PRIVATE fuzz/mutator_libfuzzer.c)
    endif()
  endforeach()
endif()

# The mutator as shared libraries for AFL++, which must not be built by its compiler.
option(FRAMESIM_FUZZ_MUTATOR "Build the mutator as libraries for AFL++" OFF)
if(FRAMESIM_FUZZ_MUTATOR)
  set_target_properties(frame framesim_lib fuzz PROPERTIES POSITION_INDEPENDENT_CODE ON)
  add_custom_target(fuzz_programs)
  foreach(face mutate seal)
    add_library(afl_${face} MODULE fuzz/mutator_afl.c)
    fuzz_link(afl_${face})
    add_dependencies(fuzz_programs afl_${face})
    set_target_properties(afl_${face} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  endforeach()
  target_compile_definitions(afl_seal PRIVATE MUTATOR_AFL_SEAL)
endif()
