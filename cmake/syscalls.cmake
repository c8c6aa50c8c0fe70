# SPDX-License-Identifier: Apache-2.0
# bittern_syscall_table(FILE): FILE (arch/syscall_table.h in the build tree) from the uapi headers that
# the compiler finds, through src/arch/syscalls.awk.
function(bittern_syscall_table file)
  get_filename_component(dir ${file} DIRECTORY)
  file(MAKE_DIRECTORY ${dir})
  set(script ${CMAKE_SOURCE_DIR}/src/arch/syscalls.awk)
  set(recent ${CMAKE_SOURCE_DIR}/src/arch/syscalls_recent.txt)
  file(CONFIGURE OUTPUT ${dir}/unistd.c CONTENT "#include <asm/unistd.h>\n")
  add_custom_command(
    OUTPUT ${file}
    COMMAND ${CMAKE_C_COMPILER} -dM -E ${dir}/unistd.c > ${dir}/unistd.txt
    COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C awk -f ${script} ${dir}/unistd.txt ${recent} > ${file}
    DEPENDS ${script} ${recent} ${dir}/unistd.c
    COMMENT "Generating the system call table"
    VERBATIM)
endfunction()
