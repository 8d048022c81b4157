# Emscripten for CMake, from wherever cmake/deps.sh finds or makes it. (Emscripten's own toolchain file needs its tools to be
# installed on this machine; ours may live in a root file system in the cache.)
if(NOT RIVULET_EMSCRIPTEN)
  execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/../deps.sh emscripten OUTPUT_VARIABLE RIVULET_EMSCRIPTEN
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES RIVULET_EMSCRIPTEN)

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(EMSCRIPTEN TRUE)
set(CMAKE_C_COMPILER ${RIVULET_EMSCRIPTEN}/emcc)
set(CMAKE_CXX_COMPILER ${RIVULET_EMSCRIPTEN}/em++)
set(CMAKE_AR ${RIVULET_EMSCRIPTEN}/emar CACHE FILEPATH "")
set(CMAKE_RANLIB ${RIVULET_EMSCRIPTEN}/emranlib CACHE FILEPATH "")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
