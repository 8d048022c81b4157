# Dear ImGui with its SDL2 and OpenGL 3 / WebGL 2 back ends.
file(GLOB imgui_files ${imgui_source}/imgui*.cpp)
add_library(imgui STATIC ${imgui_files}
  ${imgui_source}/misc/cpp/imgui_stdlib.cpp
  ${imgui_source}/backends/imgui_impl_sdl2.cpp
  ${imgui_source}/backends/imgui_impl_opengl3.cpp)
set(imgui_include ${imgui_source} ${imgui_source}/backends ${imgui_source}/misc/cpp)
set(imgui_definitions IMGUI_DISABLE_OBSOLETE_FUNCTIONS)
if(EMSCRIPTEN)
  list(APPEND imgui_definitions IMGUI_IMPL_OPENGL_ES3)
endif()
target_include_directories(imgui SYSTEM PUBLIC "$<BUILD_INTERFACE:${imgui_include}>")
target_compile_definitions(imgui PUBLIC "$<BUILD_INTERFACE:${imgui_definitions}>")
target_link_libraries(imgui PUBLIC SDL2::SDL2)
if(NOT EMSCRIPTEN)
  target_link_libraries(imgui PUBLIC OpenGL::GL ${CMAKE_DL_LIBS})
endif()
