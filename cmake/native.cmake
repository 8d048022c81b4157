# The command line and the desktop app. What has no sources yet is left out.

sources(files native/cli)
if(EXISTS ${PROJECT_SOURCE_DIR}/native/rivulet.cpp)
  add_executable(rivulet native/rivulet.cpp ${files})
  rivulet_target(rivulet)
  target_include_directories(rivulet PRIVATE native)
  target_link_libraries(rivulet PRIVATE rivulet_core rivulet_headers)
endif()

if(TARGET rivulet_ui AND EXISTS ${PROJECT_SOURCE_DIR}/native/desktop.cpp)
  add_executable(rivulet-desktop native/desktop.cpp native/files.cpp)
  rivulet_target(rivulet-desktop)
  target_include_directories(rivulet-desktop PRIVATE native)
  target_link_libraries(rivulet-desktop PRIVATE rivulet_ui rivulet_headers)
endif()
