# SPDX-License-Identifier: Apache-2.0
# bittern_constants(NAME [WITH_ENUMERATORS] HEADER...): constants_NAME.c in the build tree's cdef directory, a
# table of the constants that these headers define as macros (src/cdef/constants.c). Headers that are not
# installed are left out. WITH_ENUMERATORS: they can be compiled together, so enumerators are known too.
function(bittern_constants name)
  cmake_parse_arguments(C "WITH_ENUMERATORS" "" "" ${ARGN})
  set(with_headers "")
  if(C_WITH_ENUMERATORS)
    set(with_headers -v headers=cdef/headers_${name}.h)
  endif()
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/cdef)
  file(MAKE_DIRECTORY ${dir})
  set(script ${CMAKE_SOURCE_DIR}/src/cdef/constants.awk)
  set(includes "")
  foreach(header ${C_UNPARSED_ARGUMENTS})
    string(APPEND includes "#if __has_include(<${header}>)\n#include <${header}>\n#endif\n")
  endforeach()
  file(CONFIGURE OUTPUT ${dir}/headers_${name}.h CONTENT "${includes}")
  add_custom_command(
    OUTPUT ${dir}/constants_${name}.c
    COMMAND ${CMAKE_C_COMPILER} -D_GNU_SOURCE -dM -E -x c ${dir}/headers_${name}.h > ${dir}/${name}.txt
    COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C sort ${dir}/${name}.txt -o ${dir}/${name}.txt
    COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C awk -v which=${name} ${with_headers}
            -f ${script} ${dir}/${name}.txt > ${dir}/constants_${name}.c
    DEPENDS ${script} ${dir}/headers_${name}.h
    COMMENT "Generating the table of constants (${name})"
    VERBATIM)
  # Expressions of foreign headers: shifts into the sign, comparisons that are always false.
  set_source_files_properties(${dir}/constants_${name}.c PROPERTIES COMPILE_OPTIONS -w)
endfunction()
