# The words every folder's CMakeLists.txt is written in.

# raftlab_library(NAME FILES file... LINKS target...): one static library a folder.
# The LINKS lines are the architecture: an arrow exists only if it is written here.
function(raftlab_library name)
    cmake_parse_arguments(ARG "" "" "FILES;LINKS" ${ARGN})
    add_library(${name} STATIC ${ARG_FILES})
    target_link_libraries(${name} PUBLIC ${ARG_LINKS})
endfunction()

# raftlab_program(NAME FILES file... LINKS target...): an executable, placed in build/bin.
function(raftlab_program name)
    cmake_parse_arguments(ARG "" "" "FILES;LINKS" ${ARGN})
    add_executable(${name} ${ARG_FILES})
    target_link_libraries(${name} PRIVATE ${ARG_LINKS})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# raftlab_test(NAME LABEL label FILES file... LINKS target... [TIMEOUT s] [ARGS arg...]):
# an executable registered with ctest as LABEL.NAME; exit code 77 means skipped, reason printed.
function(raftlab_test name)
    cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "FILES;LINKS;ARGS" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 300)
    endif()
    add_executable(test_${name} ${ARG_FILES})
    target_link_libraries(test_${name} PRIVATE ${ARG_LINKS} PkgConfig::CMOCKA)
    add_test(NAME ${ARG_LABEL}.${name} COMMAND test_${name} ${ARG_ARGS}
             WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${ARG_LABEL}.${name} PROPERTIES LABELS ${ARG_LABEL}
                         TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77)
    set_property(GLOBAL APPEND PROPERTY raftlab_tests test_${name})
endfunction()

# raftlab_cases(TIER RUNNER [ARG...] [TIMEOUT s]): each story in cases/NAME.txt beside the caller is a
# test TIER.NAME, run by the program RUNNER. A new file is a new test by itself.
function(raftlab_cases tier runner)
    cmake_parse_arguments(ARG "" "TIMEOUT" "" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 300)
    endif()
    file(GLOB cases CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cases/*.txt)
    foreach(case ${cases})
        get_filename_component(name ${case} NAME_WE)
        add_test(NAME ${tier}.${name} COMMAND ${runner} ${ARG_UNPARSED_ARGUMENTS} ${case})
        set_tests_properties(${tier}.${name} PROPERTIES LABELS ${tier} TIMEOUT ${ARG_TIMEOUT}
                             SKIP_RETURN_CODE 77)
    endforeach()
endfunction()

# raftlab_fuzz(NAME FILES file... LINKS target...): one parser, one target. With RAFTLAB_FUZZ it is
# a libFuzzer binary; always, its corpus (tests/fuzz/corpus/NAME) is replayed as a plain test.
function(raftlab_fuzz name)
    cmake_parse_arguments(ARG "" "" "FILES;LINKS" ${ARGN})
    if(RAFTLAB_FUZZ)
        add_executable(fuzz_${name} ${ARG_FILES})
        target_link_libraries(fuzz_${name} PRIVATE ${ARG_LINKS})
        target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    endif()
    add_executable(replay_${name} ${ARG_FILES})
    target_link_libraries(replay_${name} PRIVATE fuzz_replay ${ARG_LINKS})
    add_test(NAME fuzz.${name} COMMAND replay_${name}
             ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 300)
    set_property(GLOBAL APPEND PROPERTY raftlab_tests replay_${name})
endfunction()
