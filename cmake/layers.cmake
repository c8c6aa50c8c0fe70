# SPDX-License-Identifier: Apache-2.0
# bittern_layer(NAME [DIR d] [DEPENDS layer...] [LIBRARIES lib...] [EXTRA file...])
# One static library `bittern_NAME` from every .c file of the directory, linked only to lower layers
# (src/layers.txt holds the same table for the include check).
function(bittern_layer name)
  cmake_parse_arguments(L "" "DIR" "DEPENDS;LIBRARIES;EXTRA" ${ARGN})
  if(NOT L_DIR)
    set(L_DIR ${name})
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${L_DIR}/*.c)
  add_library(bittern_${name} STATIC ${sources} ${L_EXTRA})
  target_include_directories(bittern_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM L_DEPENDS PREPEND bittern_)
  target_link_libraries(bittern_${name} PUBLIC ${L_DEPENDS} ${L_LIBRARIES})
endfunction()
