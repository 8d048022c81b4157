# cmake --install: the libraries, their headers, and what find_package(rivulet) needs.
include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/rivulet)
install(TARGETS rivulet_core XNNPACK pthreadpool EXPORT core ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/rivulet
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT core NAMESPACE rivulet:: FILE coreTargets.cmake DESTINATION ${package})
install(DIRECTORY lib/rivulet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(TARGET rivulet_ui)
  install(TARGETS rivulet_ui imgui EXPORT ui ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/rivulet
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT ui NAMESPACE rivulet:: FILE uiTargets.cmake DESTINATION ${package})
endif()
foreach(program IN ITEMS rivulet rivulet-desktop)
  if(TARGET ${program})
    install(TARGETS ${program})
  endif()
endforeach()
install(DIRECTORY assets/models assets/pictures DESTINATION ${CMAKE_INSTALL_DATADIR}/rivulet OPTIONAL
  FILES_MATCHING PATTERN "*.safetensors" PATTERN "*.png")
# The script that draws the avatars: `rivulet data make avatars` finds it there.
install(FILES native/avatars/make.mjs native/avatars/package.json native/avatars/package-lock.json
  DESTINATION ${CMAKE_INSTALL_DATADIR}/rivulet/avatars)

file(CONFIGURE OUTPUT rivuletConfig.cmake @ONLY CONTENT [[
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/coreTargets.cmake)

# rivulet::ui exists where SDL2 and OpenGL do.
find_package(SDL2 QUIET)
find_package(OpenGL QUIET COMPONENTS OpenGL)
if(SDL2_FOUND AND OpenGL_FOUND AND EXISTS ${CMAKE_CURRENT_LIST_DIR}/uiTargets.cmake)
  include(${CMAKE_CURRENT_LIST_DIR}/uiTargets.cmake)
endif()
]])
write_basic_package_version_file(rivuletConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/rivuletConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/rivuletConfigVersion.cmake
  DESTINATION ${package})
