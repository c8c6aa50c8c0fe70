# SPDX-License-Identifier: Apache-2.0
# Build options and the flags every target gets.
option(BITTERN_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(BITTERN_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
option(BITTERN_TESTS "Build the tests" ON)
set(BITTERN_LLVM static CACHE STRING "How LLVM is linked: static or shared")
set_property(CACHE BITTERN_LLVM PROPERTY STRINGS static shared)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

add_compile_options(-Wall -Wextra -Werror -fno-strict-aliasing)
add_compile_definitions(_GNU_SOURCE)
add_compile_options(-ffunction-sections -fdata-sections)
if(BITTERN_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(BITTERN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
