# XNNPACK, float 32 only, from its lists of production kernels.
set(X ${xnnpack_source})
foreach(list IN ITEMS scalar wasm wasmsimd wasmrelaxedsimd sse sse2 ssse3 sse41 avx f16c fma3 avx2 avx512f avx512skx
                      neon neonfma neonfma_aarch64 neonv8 neon_aarch64)
  include(${X}/cmake/gen/${list}_microkernels.cmake)
endforeach()

# Pooling, resizing, depthwise and sparse convolution: no network here has them.
set(unused_operators "(argmaxpool|avgpool|cmul|vcmul|conv[-_]|dwconv|ibilinear|maxpool|pavgpool|ppmm|gemminc|spmm|unpool|zip)")

# 1. Kernels: each instruction set's files with its flags; the choice among them is made at run time (not on the web).
set(kernels ${PROD_SCALAR_MICROKERNEL_SRCS})
function(add_kernels list)
  list(APPEND kernels ${PROD_${list}_MICROKERNEL_SRCS})
  list(TRANSFORM PROD_${list}_MICROKERNEL_SRCS PREPEND ${X}/)
  set_property(SOURCE ${PROD_${list}_MICROKERNEL_SRCS} PROPERTY COMPILE_OPTIONS ${ARGN})
  set(kernels ${kernels} PARENT_SCOPE)
endfunction()
if(EMSCRIPTEN AND RIVULET_WEB_RELAXED)
  list(APPEND kernels ${PROD_WASM_MICROKERNEL_SRCS} ${PROD_WASMSIMD_MICROKERNEL_SRCS} ${PROD_WASMRELAXEDSIMD_MICROKERNEL_SRCS})
elseif(EMSCRIPTEN)
  list(APPEND kernels ${PROD_WASM_MICROKERNEL_SRCS} ${PROD_WASMSIMD_MICROKERNEL_SRCS})
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_kernels(SSE -msse -mno-sse2)
  add_kernels(SSE2 -msse2 -mno-sse3)
  add_kernels(SSSE3 -mssse3 -mno-sse4.1)
  add_kernels(SSE41 -msse4.1 -mno-sse4.2)
  add_kernels(AVX -mavx -mno-avx2 -mno-fma -mno-f16c)
  add_kernels(F16C -mf16c -mno-avx2 -mno-fma)
  add_kernels(FMA3 -mf16c -mfma -mno-avx2)
  add_kernels(AVX2 -mf16c -mfma -mavx2)
  add_kernels(AVX512F -mavx512f)
  add_kernels(AVX512SKX -mf16c -mfma -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  list(APPEND kernels ${PROD_NEON_MICROKERNEL_SRCS} ${PROD_NEONFMA_MICROKERNEL_SRCS} ${PROD_NEONFMA_AARCH64_MICROKERNEL_SRCS}
    ${PROD_NEONV8_MICROKERNEL_SRCS} ${PROD_NEON_AARCH64_MICROKERNEL_SRCS})
endif()
list(FILTER kernels INCLUDE REGEX "^src/(f32-[a-pr-z]|x[0-9]+-|xx-)")
list(FILTER kernels EXCLUDE REGEX "^src/(f32-f16|x8-lut|x8-zip|x8-pack|x16-pack|[fx]32-${unused_operators})")
list(REMOVE_DUPLICATES kernels)
list(TRANSFORM kernels PREPEND ${X}/)

# 2. Configurations: what chooses quantised and half-precision kernels is renamed, so that nothing reaches it and the
#    link drops it together with the kernels it names (never compiled); a function that answers "none" takes the name.
file(GLOB configs ${X}/src/configs/*-config.c)
set(renames "")
set(absent "#include <stddef.h>\n")
foreach(file IN LISTS configs)
  file(STRINGS ${file} lines REGEX "^const struct xnn_[a-z0-9_]+\\* (restrict )?xnn_init_[a-z0-9_]+\\(")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "xnn_init_[a-z0-9_]+" name "${line}")
    if(NOT name MATCHES "^xnn_init_(f32_[a-pr-z]|x32_|xx_|transpose_|hardware_)" OR name MATCHES "f32_to_|32_${unused_operators}")
      string(APPEND renames "#define ${name} ${name}_unused\n")
      string(APPEND absent "const void* ${name}(void) { return NULL; }\n")
    endif()
  endforeach()
endforeach()
file(CONFIGURE OUTPUT renames.h CONTENT "${renames}")
file(CONFIGURE OUTPUT absent.c CONTENT "${absent}")
set_property(SOURCE ${configs} PROPERTY COMPILE_OPTIONS -include${CMAKE_CURRENT_BINARY_DIR}/renames.h)

# 3. The packing that leaves padding unwritten (see pack_gio.c).
set_property(SOURCE ${X}/src/reference/packing.cc PROPERTY COMPILE_DEFINITIONS xnn_pack_f32_gemm_gio_w=xnn_pack_f32_gemm_gio_w_upstream)

file(GLOB runtime ${X}/src/*.c ${X}/src/enums/*.c ${X}/src/operators/*.c ${X}/src/subgraph/*.c ${X}/src/tables/*.c ${X}/src/reference/*.cc)
set_property(SOURCE ${kernels} APPEND PROPERTY COMPILE_OPTIONS -fno-math-errno)
add_library(XNNPACK STATIC ${kernels} ${configs} ${runtime} xnnpack/pack_gio.c xnnpack/build_identifier.c
  ${CMAKE_CURRENT_BINARY_DIR}/absent.c)
set_target_properties(XNNPACK PROPERTIES C_EXTENSIONS ON)
target_include_directories(XNNPACK PRIVATE ${X}/include ${X}/src ${pthreadpool_source}/include ${fxdiv_source}/include ${fp16_source}/include)
target_compile_definitions(XNNPACK PRIVATE _GNU_SOURCE XNN_LOG_LEVEL=0 XNN_ENABLE_ASSEMBLY=0 XNN_ENABLE_MEMOPT=1 XNN_ENABLE_SPARSE=0
  XNN_ENABLE_GEMM_M_SPECIALIZATION=1 XNN_ENABLE_DWCONV_MULTIPASS=0 XNN_ENABLE_KLEIDIAI=0 XNN_ENABLE_HVX=0 XNN_ENABLE_VSX=0
  XNN_ENABLE_ARM_FP16_VECTOR=0 XNN_ENABLE_ARM_FP16_SCALAR=0 XNN_ENABLE_ARM_BF16=0 XNN_ENABLE_ARM_DOTPROD=0 XNN_ENABLE_ARM_I8MM=0
  XNN_ENABLE_ARM_SME=0 XNN_ENABLE_ARM_SME2=0 XNN_ENABLE_RISCV_VECTOR=0 XNN_ENABLE_AVXVNNI=0 XNN_ENABLE_AVXVNNIINT8=0
  XNN_ENABLE_AVX256SKX=0 XNN_ENABLE_AVX256VNNI=0 XNN_ENABLE_AVX256VNNIGFNI=0 XNN_ENABLE_AVX512F=1 XNN_ENABLE_AVX512SKX=1
  XNN_ENABLE_AVX512VBMI=0 XNN_ENABLE_AVX512VNNI=0 XNN_ENABLE_AVX512VNNIGFNI=0 XNN_ENABLE_AVX512AMX=0 XNN_ENABLE_AVX512FP16=0)

# 4. The thread pool, of the same age as XNNPACK.
set(P ${pthreadpool_source})
if(EMSCRIPTEN AND NOT RIVULET_WEB_THREADS)
  add_library(pthreadpool STATIC ${P}/src/shim.c)
else()
  add_library(pthreadpool STATIC ${P}/src/legacy-api.c ${P}/src/portable-api.c ${P}/src/memory.c ${P}/src/pthreads.c)
endif()
if(NOT EMSCRIPTEN)
  set_property(SOURCE ${P}/src/pthreads.c PROPERTY COMPILE_OPTIONS -include${CMAKE_CURRENT_SOURCE_DIR}/xnnpack/pool_shim.h)
endif()
target_include_directories(pthreadpool PRIVATE ${P}/include ${P}/src ${fxdiv_source}/include)
target_compile_definitions(pthreadpool PRIVATE _GNU_SOURCE PTHREADPOOL_USE_FASTPATH=0 PTHREADPOOL_USE_CPUINFO=0)

target_link_libraries(XNNPACK PUBLIC pthreadpool)
if(EMSCRIPTEN)
  target_compile_definitions(XNNPACK PRIVATE XNN_ENABLE_CPUINFO=0)
else()
  # Kernels that nothing reaches are named by XNNPACK but not built: the link has to drop their sections.
  target_link_options(XNNPACK INTERFACE -Wl,--gc-sections)
  target_link_libraries(XNNPACK PUBLIC cpuinfo Threads::Threads m)
  target_compile_definitions(XNNPACK PRIVATE XNN_ENABLE_CPUINFO=1)
  target_compile_options(XNNPACK PRIVATE -include${CMAKE_CURRENT_SOURCE_DIR}/xnnpack/cpuinfo_shim.h)
endif()

set(xnnpack_include ${X}/include ${P}/include PARENT_SCOPE)
