# Compiler flags and build options shared by every target.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Optimised unless said otherwise: some of gcc's warnings come from its optimiser.
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release or RelWithDebInfo" FORCE)
endif()

option(RAFTLAB_FUZZ "Build the libFuzzer targets (clang only)" OFF)
set(RAFTLAB_SANITIZE "" CACHE STRING "Value of -fsanitize= for every target; empty for none")
option(RAFTLAB_LONG "Test scenarios that take long on real processes, too" OFF)
option(RAFTLAB_READLINE "Edit lines with GNU readline; OFF: as the terminal gives them" ON)
option(RAFTLAB_COVERAGE "Instrument for gcov" OFF)

add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Wmissing-prototypes -Wvla
                    -Wstrict-prototypes -Werror -fno-strict-aliasing)
add_compile_definitions(_GNU_SOURCE)
include_directories(${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/libraft
                    ${CMAKE_SOURCE_DIR}/libraft/include)

# Records and sectors are some hundred bytes: the C library fills and copies those four times as fast
# as the instructions gcc puts in its place.
include(CheckCCompilerFlag)
check_c_compiler_flag(-mstringop-strategy=libcall RAFTLAB_CALLS_FOR_BYTES)
if(RAFTLAB_CALLS_FOR_BYTES)
    add_compile_options(-mstringop-strategy=libcall)
endif()

if(RAFTLAB_SANITIZE)
    add_compile_options(-fsanitize=${RAFTLAB_SANITIZE} -fno-sanitize-recover=all
                        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${RAFTLAB_SANITIZE})
    # Reports name lines, which is all that is asked of this build: it compiles in a quarter less.
    check_c_compiler_flag(-gline-tables-only RAFTLAB_LINE_TABLES)
    if(RAFTLAB_LINE_TABLES)
        add_compile_options(-gline-tables-only)
    endif()
endif()
if(RAFTLAB_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()
if(RAFTLAB_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
    add_link_options(-fsanitize=fuzzer-no-link)
endif()

find_package(PkgConfig REQUIRED)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(UV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(NL REQUIRED IMPORTED_TARGET libnl-3.0 libnl-route-3.0)
if(RAFTLAB_READLINE)
    pkg_check_modules(READLINE REQUIRED IMPORTED_TARGET readline)
endif()
pkg_check_modules(BSD REQUIRED IMPORTED_TARGET libbsd-overlay)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
