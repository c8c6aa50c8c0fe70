# SPDX-License-Identifier: Apache-2.0
# bittern_stdlib(FILE): FILE (stdlib/library.h in the build tree) from the parts of src/stdlib: their text
# and the index of their macros.
function(bittern_stdlib file)
  get_filename_component(dir ${file} DIRECTORY)
  file(MAKE_DIRECTORY ${dir})
  file(GLOB parts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/stdlib/*.bt)
  set(script ${CMAKE_SOURCE_DIR}/src/stdlib/library.awk)
  add_custom_command(
    OUTPUT ${file}
    COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C awk -f ${script} ${parts} > ${file}
    DEPENDS ${script} ${parts}
    COMMENT "Embedding the standard library"
    VERBATIM)
endfunction()
