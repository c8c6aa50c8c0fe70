# SPDX-License-Identifier: Apache-2.0
# bittern_order_functions(TARGET): in optimised builds with static LLVM, lays out the functions that a
# typical run calls next to each other, so that a run touches few pages of a 30 MB executable.
#
# cmake/function-order.txt is the list, made by scripts/function-order from profiles of representative
# scripts. A build without the list or without lld works, and starts slower.
set(BITTERN_FUNCTION_ORDER ${CMAKE_SOURCE_DIR}/cmake/function-order.txt CACHE FILEPATH
    "List of functions for lld --symbol-ordering-file, or empty")

function(bittern_order_functions target)
  if(NOT LLD OR NOT BITTERN_FUNCTION_ORDER OR NOT EXISTS ${BITTERN_FUNCTION_ORDER}
     OR NOT BITTERN_LLVM STREQUAL "static" OR BITTERN_SANITIZE
     OR NOT CMAKE_BUILD_TYPE STREQUAL "Release")
    return()
  endif()
  target_link_options(${target} PRIVATE
                      -Wl,--symbol-ordering-file=${BITTERN_FUNCTION_ORDER}
                      -Wl,--no-warn-symbol-ordering)
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${BITTERN_FUNCTION_ORDER})
endfunction()
