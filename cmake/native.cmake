# The command line and the desktop app, each where what it needs is there.

sources(files native/cli)
if(have_cli11)
  add_executable(rivulet native/rivulet.cpp ${files})
  rivulet_target(rivulet)
  target_include_directories(rivulet PRIVATE native)
  target_link_libraries(rivulet PRIVATE rivulet_core rivulet_headers)

  # What codes of pictures are compared with.
  find_package(JPEG QUIET)
  find_package(ZLIB QUIET)
  find_library(webp_library webp)
  find_path(webp_include webp/encode.h)
  if(JPEG_FOUND AND ZLIB_FOUND AND webp_library AND webp_include)
    target_sources(rivulet PRIVATE native/formats/formats.cpp)
    target_include_directories(rivulet SYSTEM PRIVATE ${webp_include})
    target_link_libraries(rivulet PRIVATE JPEG::JPEG ZLIB::ZLIB ${webp_library})
  else()
    target_sources(rivulet PRIVATE native/formats/none.cpp)
  endif()
endif()

if(TARGET rivulet_ui)
  add_executable(rivulet-desktop native/desktop.cpp native/files.cpp)
  rivulet_target(rivulet-desktop)
  target_include_directories(rivulet-desktop PRIVATE native)
  target_link_libraries(rivulet-desktop PRIVATE rivulet_ui rivulet_chinese rivulet_headers)
endif()
