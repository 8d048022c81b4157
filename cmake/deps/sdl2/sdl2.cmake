# SDL2 for the web: the files that its own include/SDL_config_emscripten.h enables, without five minutes of probing.
set(S ${libsdl2_source}/src)
file(GLOB sdl_files ${S}/*.c ${S}/atomic/*.c ${S}/audio/*.c ${S}/cpuinfo/*.c ${S}/dynapi/*.c ${S}/events/*.c ${S}/file/*.c
  ${S}/haptic/*.c ${S}/hidapi/*.c ${S}/joystick/*.c ${S}/libm/*.c ${S}/locale/*.c ${S}/misc/*.c ${S}/power/*.c ${S}/sensor/*.c
  ${S}/stdlib/*.c ${S}/thread/*.c ${S}/timer/*.c ${S}/video/*.c ${S}/video/yuv2rgb/*.c
  ${S}/render/*.c ${S}/render/software/*.c ${S}/render/opengles2/*.c
  ${S}/audio/dummy/*.c ${S}/audio/disk/*.c ${S}/audio/emscripten/*.c ${S}/video/dummy/*.c ${S}/video/emscripten/*.c
  ${S}/joystick/emscripten/*.c ${S}/power/emscripten/*.c ${S}/filesystem/emscripten/*.c ${S}/locale/emscripten/*.c
  ${S}/misc/emscripten/*.c ${S}/sensor/dummy/*.c ${S}/haptic/dummy/*.c ${S}/loadso/dlopen/*.c ${S}/timer/unix/*.c
  ${S}/core/unix/SDL_poll.c)
if(RIVULET_WEB_THREADS)
  file(GLOB threads ${S}/thread/pthread/*.c)
else()
  file(GLOB threads ${S}/thread/generic/*.c)
endif()

add_library(SDL2 STATIC ${sdl_files} ${threads})
add_library(SDL2::SDL2 ALIAS SDL2)
target_include_directories(SDL2 SYSTEM PUBLIC ${libsdl2_source}/include)
target_compile_definitions(SDL2 PRIVATE _GNU_SOURCE)
target_compile_options(SDL2 PRIVATE -fno-strict-aliasing)
