# Third-party code. Header-only libraries are the system's (or those of the Emscripten root); XNNPACK, pthreadpool, Dear ImGui
# and the web's SDL2 come from the cache, which cmake/deps.sh fills on first use.

include(GNUInstallDirs)
if(EMSCRIPTEN)
  if(RIVULET_WEB_THREADS)
    set(flavour web)
  else()
    set(flavour web-baseline)
  endif()
else()
  set(flavour native)
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS cmake/deps.sh cmake/deps/CMakeLists.txt cmake/deps/versions.txt
  cmake/deps/xnnpack/xnnpack.cmake cmake/deps/imgui/imgui.cmake)
execute_process(COMMAND ${PROJECT_SOURCE_DIR}/cmake/deps.sh prefix ${flavour} OUTPUT_VARIABLE deps
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

# Header-only libraries, used in .cpp files only: none of them shows in an installed header.
add_library(rivulet_headers INTERFACE)
if(EMSCRIPTEN)
  # Those of the Emscripten root, or of the machine whose own emcc is used, without the C library's beside them.
  foreach(name IN ITEMS fmt nlohmann CLI doctest stb)
    set(folder ${RIVULET_EMSCRIPTEN}/../root/usr/include/${name})
    if(NOT EXISTS ${folder})
      set(folder /usr/include/${name})
    endif()
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/headers)
    file(CREATE_LINK ${folder} ${CMAKE_BINARY_DIR}/headers/${name} SYMBOLIC)
  endforeach()
  target_include_directories(rivulet_headers SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/headers)
else()
  foreach(header IN ITEMS fmt/core.h nlohmann/json.hpp CLI/CLI.hpp doctest/doctest.h stb/stb_image.h)
    find_path(found ${header} NO_CACHE)
    if(NOT found)
      message(FATAL_ERROR "${header} is missing: install libfmt-dev nlohmann-json3-dev libcli11-dev doctest-dev libstb-dev")
    endif()
    unset(found)
  endforeach()
endif()

# XNNPACK with its thread pool. Its headers are seen by lib/rivulet/exec/xnnpack and the tests only.
set(xnnpack_include ${deps}/include/xnnpack)
add_library(rivulet_xnnpack INTERFACE)
set(xnnpack_libraries ${deps}/lib/libXNNPACK.a ${deps}/lib/libpthreadpool.a)
target_link_libraries(rivulet_xnnpack INTERFACE "$<BUILD_INTERFACE:${xnnpack_libraries}>"
  $<INSTALL_INTERFACE:$<INSTALL_PREFIX>/${CMAKE_INSTALL_LIBDIR}/rivulet/libXNNPACK.a> $<INSTALL_INTERFACE:$<INSTALL_PREFIX>/${CMAKE_INSTALL_LIBDIR}/rivulet/libpthreadpool.a>)
set_target_properties(rivulet_xnnpack PROPERTIES EXPORT_NAME xnnpack)
if(NOT EMSCRIPTEN)
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED)
  # Kernels that nothing reaches are named by XNNPACK but not built: the link has to drop their sections.
  target_link_libraries(rivulet_xnnpack INTERFACE cpuinfo Threads::Threads m)
  target_link_options(rivulet_xnnpack INTERFACE -Wl,--gc-sections)
endif()

# Dear ImGui with SDL2 and OpenGL: only lib/rivulet/ui may include them.
add_library(rivulet_imgui INTERFACE)
target_include_directories(rivulet_imgui SYSTEM INTERFACE $<BUILD_INTERFACE:${deps}/include/imgui>)
target_compile_definitions(rivulet_imgui INTERFACE $<BUILD_INTERFACE:IMGUI_DISABLE_OBSOLETE_FUNCTIONS>)
target_link_libraries(rivulet_imgui INTERFACE $<BUILD_INTERFACE:${deps}/lib/libimgui.a>
  $<INSTALL_INTERFACE:$<INSTALL_PREFIX>/${CMAKE_INSTALL_LIBDIR}/rivulet/libimgui.a>)
set_target_properties(rivulet_imgui PROPERTIES EXPORT_NAME imgui)
if(EMSCRIPTEN)
  target_include_directories(rivulet_imgui SYSTEM INTERFACE ${deps}/include/SDL2)
  target_compile_definitions(rivulet_imgui INTERFACE IMGUI_IMPL_OPENGL_ES3)
  target_link_libraries(rivulet_imgui INTERFACE ${deps}/lib/libSDL2.a)
else()
  find_package(SDL2 QUIET)
  find_package(OpenGL QUIET COMPONENTS OpenGL)
  if(NOT SDL2_FOUND OR NOT OpenGL_FOUND)
    message(FATAL_ERROR "SDL2 or OpenGL is missing: install libsdl2-dev libgl-dev")
  endif()
  target_link_libraries(rivulet_imgui INTERFACE SDL2::SDL2 OpenGL::GL ${CMAKE_DL_LIBS})
endif()
