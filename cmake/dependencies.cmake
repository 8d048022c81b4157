# Third-party code. Header-only libraries are the system's (or those of the Emscripten root); XNNPACK, pthreadpool, Dear ImGui
# and the web's SDL2 are compiled from sources that cmake/deps.sh fetches into the cache.

include(GNUInstallDirs)

# Libraries of headers, used in .cpp files only: none of them shows in an installed header.
add_library(rivulet_headers INTERFACE)
if(EMSCRIPTEN)
  # Those of the Emscripten root, or of the machine whose own emcc is used, without the C library's beside them.
  foreach(name IN ITEMS fmt nlohmann doctest stb)
    set(folder ${RIVULET_EMSCRIPTEN}/../root/usr/include/${name})
    if(NOT EXISTS ${folder})
      set(folder /usr/include/${name})
    endif()
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/headers)
    file(CREATE_LINK ${folder} ${CMAKE_BINARY_DIR}/headers/${name} SYMBOLIC)
  endforeach()
  target_include_directories(rivulet_headers SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/headers)
endif()

# have_header(VARIABLE HEADER PACKAGE WHAT): is it there? Says what is left out without it.
function(have_header variable header package what)
  find_path(${variable} ${header} NO_CACHE)
  if(NOT ${variable})
    message(STATUS "rivulet: ${header} is missing (install ${package}): no ${what}")
  endif()
  set(${variable} ${${variable}} PARENT_SCOPE)
endfunction()

if(NOT EMSCRIPTEN)
  foreach(header IN ITEMS fmt/core.h nlohmann/json.hpp stb/stb_image.h)
    find_path(found ${header} NO_CACHE)
    if(NOT found)
      message(FATAL_ERROR "rivulet: ${header} is missing: install libfmt-dev nlohmann-json3-dev libstb-dev")
    endif()
    unset(found)
  endforeach()
  have_header(have_cli11 CLI/CLI.hpp libcli11-dev "command line")
  have_header(have_doctest doctest/doctest.h doctest-dev "tests")

  have_header(have_vulkan volk.h libvulkan-volk-dev "GPU")

  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED)
  find_package(SDL2 QUIET)
  find_package(OpenGL QUIET COMPONENTS OpenGL)
  if(NOT TARGET SDL2::SDL2 OR NOT TARGET OpenGL::GL)
    message(STATUS "rivulet: SDL2 or OpenGL is missing (install libsdl2-dev libgl-dev): no front end")
  endif()
endif()
add_subdirectory(cmake/deps EXCLUDE_FROM_ALL)
