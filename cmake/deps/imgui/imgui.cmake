# Dear ImGui with its SDL2 and OpenGL 3 / WebGL 2 back ends.
file(GLOB imgui_files ${imgui_source}/imgui*.cpp)
add_library(imgui STATIC ${imgui_files}
  ${imgui_source}/misc/cpp/imgui_stdlib.cpp
  ${imgui_source}/backends/imgui_impl_sdl2.cpp
  ${imgui_source}/backends/imgui_impl_opengl3.cpp)
target_include_directories(imgui PRIVATE ${imgui_source} ${imgui_source}/backends)
target_compile_definitions(imgui PRIVATE IMGUI_DISABLE_OBSOLETE_FUNCTIONS)
if(EMSCRIPTEN)
  target_compile_definitions(imgui PRIVATE IMGUI_IMPL_OPENGL_ES3)
  target_include_directories(imgui PRIVATE ${libsdl2_source}/include)
else()
  find_package(SDL2 REQUIRED)
  target_link_libraries(imgui PRIVATE SDL2::SDL2)
endif()

install(TARGETS imgui DESTINATION lib)
install(FILES ${imgui_source}/imgui.h ${imgui_source}/imconfig.h ${imgui_source}/imgui_internal.h ${imgui_source}/imstb_textedit.h
  ${imgui_source}/misc/cpp/imgui_stdlib.h ${imgui_source}/backends/imgui_impl_sdl2.h ${imgui_source}/backends/imgui_impl_opengl3.h
  DESTINATION include/imgui)
