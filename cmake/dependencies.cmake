# SPDX-License-Identifier: Apache-2.0
# What bittern is built from. Debian 12: llvm-19-dev libbpf-dev libelf-dev zlib1g-dev libzstd-dev
# flex bison; lld-19 links the executable.
find_package(FLEX 2.6 REQUIRED)
find_package(BISON 3.8 REQUIRED)

find_program(LLVM_CONFIG NAMES llvm-config-19 REQUIRED)
execute_process(COMMAND ${LLVM_CONFIG} --includedir OUTPUT_VARIABLE LLVM_INCLUDE
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${LLVM_CONFIG} --libdir OUTPUT_VARIABLE LLVM_LIBDIR
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${LLVM_CONFIG} --version OUTPUT_VARIABLE llvm_version
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(llvm_components bpf core analysis passes target irreader)
if(BITTERN_LLVM STREQUAL "static")
  execute_process(COMMAND ${LLVM_CONFIG} --link-static --libs ${llvm_components}
                  OUTPUT_VARIABLE llvm_libs OUTPUT_STRIP_TRAILING_WHITESPACE
                  COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(llvm_libs UNIX_COMMAND "${llvm_libs}")
  # libstdc++ is linked in: only libc, libm, libz and libzstd stay shared (start-up time).
  set(llvm_link -L${LLVM_LIBDIR} ${llvm_libs} -Wl,-Bstatic -lstdc++ -Wl,-Bdynamic -lz -lzstd -lm)
else()
  execute_process(COMMAND ${LLVM_CONFIG} --link-shared --libs OUTPUT_VARIABLE llvm_libs
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(llvm_libs UNIX_COMMAND "${llvm_libs}")
  set(llvm_link -L${LLVM_LIBDIR} ${llvm_libs})
endif()
add_library(llvm INTERFACE)
target_include_directories(llvm SYSTEM INTERFACE ${LLVM_INCLUDE})
target_link_libraries(llvm INTERFACE ${llvm_link})

# lld (for its speed and --symbol-ordering-file), if it is there.
find_program(LLD NAMES ld.lld-19 HINTS /usr/lib/llvm-19/bin)
add_library(link_options INTERFACE)
target_link_options(link_options INTERFACE -no-pie -Wl,--gc-sections -static-libgcc)
if(LLD)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    get_filename_component(lld_dir ${LLD} REALPATH)
    get_filename_component(lld_dir ${lld_dir} DIRECTORY)
    target_link_options(link_options INTERFACE -B${lld_dir} -fuse-ld=lld)
  else()
    target_link_options(link_options INTERFACE --ld-path=${LLD})
  endif()
endif()

# libbpf and libelf are linked in for the same reason as LLVM.
find_library(BPF_LIBRARY NAMES libbpf.a REQUIRED)
find_library(ELF_LIBRARY NAMES libelf.a REQUIRED)
add_library(bpf INTERFACE)
target_link_libraries(bpf INTERFACE ${BPF_LIBRARY} ${ELF_LIBRARY} -lz)

# Symbols of processes. What libdw needs to read compressed debug files is linked in with it.
find_library(DW_LIBRARY NAMES libdw.a REQUIRED)
find_library(LZMA_LIBRARY NAMES liblzma.a REQUIRED)
find_library(BZ2_LIBRARY NAMES libbz2.a REQUIRED)
add_library(dw INTERFACE)
target_link_libraries(dw INTERFACE ${DW_LIBRARY} ${ELF_LIBRARY} ${LZMA_LIBRARY} ${BZ2_LIBRARY} -lz -lzstd)
