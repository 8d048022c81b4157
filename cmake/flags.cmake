# Compiler flags of our own code; those of third-party code are in cmake/deps.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")

# No contraction to fused multiply-add behind our back: the same arithmetic gives the same bits on every machine.
add_compile_options(-ffp-contract=off -ffunction-sections -fdata-sections)
set(warnings -Wall -Wextra -Werror -Wshadow=local -Wnon-virtual-dtor)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND warnings -Wno-restrict -Wno-stringop-overflow)  # gcc 12 warns of its own library (bug 105651).
else()
  set(warnings -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor)
endif()

if(RIVULET_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(RIVULET_FUZZ AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(EMSCRIPTEN)
  set(CMAKE_EXECUTABLE_SUFFIX .js)
  # Without system headers: Emscripten's own are seen inside its root file system only, and a missing header means "rebuild".
  set(CMAKE_DEPFILE_FLAGS_C "-MMD -MT <DEP_TARGET> -MF <DEP_FILE>")
  set(CMAKE_DEPFILE_FLAGS_CXX ${CMAKE_DEPFILE_FLAGS_C})
  set(web_options -msimd128)  # of all code, third-party code included
  if(RIVULET_WEB_THREADS)
    list(APPEND web_options -mrelaxed-simd -pthread)
    add_link_options(-pthread)
  endif()
  add_compile_options(${web_options} -fwasm-exceptions)
  add_link_options(-fwasm-exceptions)
endif()

# kernel_flags(LIST): *_avx2.cpp and *_avx512.cpp get their instruction set, chosen at run time; elsewhere they are left out.
function(kernel_flags list)
  set(result ${${list}})
  foreach(set IN ITEMS avx2 avx512)
    set(files ${result})
    list(FILTER files INCLUDE REGEX "_${set}\\.cpp$")
    if(EMSCRIPTEN OR NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
      list(FILTER result EXCLUDE REGEX "_${set}\\.cpp$")
    elseif(files AND set STREQUAL "avx2")
      set_property(SOURCE ${files} PROPERTY COMPILE_OPTIONS -mavx2 -mfma)
    elseif(files)
      set_property(SOURCE ${files} PROPERTY COMPILE_OPTIONS
        -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mprefer-vector-width=512)
    endif()
  endforeach()
  set(${list} ${result} PARENT_SCOPE)
endfunction()

# rivulet_target(TARGET): what each target of ours needs.
function(rivulet_target target)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    set(scope INTERFACE)
  else()
    set(scope PUBLIC)
    target_compile_options(${target} PRIVATE ${warnings})
  endif()
  target_compile_features(${target} ${scope} cxx_std_20)
  if(target MATCHES "^rivulet_(core|ui)$")
    string(REPLACE rivulet_ "" name ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
    target_include_directories(${target} ${scope} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/lib>)
  endif()
endfunction()
