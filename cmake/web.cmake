# The modules of the page, and the Node runner of the tests.
#   web           rivulet-threads.{js,wasm}: relaxed SIMD, threads
#   web-simd      rivulet-simd.{js,wasm}: SIMD, threads, for WebKit (Safari, iPhones); for hosting
#   web-baseline  rivulet-baseline.{js,wasm}: SIMD, one thread, for pages without isolation
# Each builds into its own folder and copies itself, with the page, into build/web: the finished site.

set(link_options -sALLOW_MEMORY_GROWTH=1 -sMEMORY_GROWTH_GEOMETRIC_STEP=0.04 -sSTACK_SIZE=1MB -sMALLOC=emmalloc -sFILESYSTEM=1)
if(RIVULET_WEB_THREADS)
  set(module rivulet-simd)
  if(RIVULET_WEB_RELAXED)
    set(module rivulet-threads)
  endif()
  # Shared memory is reserved in full when it may grow: 512 MB is what phones grant.
  list(APPEND link_options -sINITIAL_MEMORY=128MB -sMAXIMUM_MEMORY=512MB -sPTHREAD_POOL_SIZE=4 -sDEFAULT_PTHREAD_STACK_SIZE=1MB
    -Wno-pthreads-mem-growth)
else()
  set(module rivulet-baseline)
  list(APPEND link_options -sINITIAL_MEMORY=64MB -sMAXIMUM_MEMORY=1GB)
endif()

# web_test(TARGET): run by Node as TARGET.js, with exit status; reads and writes the real file system. Linked with -O1: what Binaryen
# does from -O2 on takes ten times the link, and saves 7 % of a run.
function(web_test target)
  target_link_options(${target} PRIVATE ${link_options} -O1 -sENVIRONMENT=node,worker -sEXIT_RUNTIME=1 -sNODERAWFS=1)
  if(RIVULET_WEB_THREADS)
    target_link_options(${target} PRIVATE -sPROXY_TO_PTHREAD=1)
  endif()
  add_test(NAME ${target} COMMAND ${RIVULET_EMSCRIPTEN}/node --experimental-wasm-relaxed-simd $<TARGET_FILE:${target}>)
endfunction()

set(site ${PROJECT_SOURCE_DIR}/build/web)
file(GLOB page CONFIGURE_DEPENDS web/*.html web/*.css web/*.js web/*.mjs web/*.svg web/*.webmanifest web/*.json web/icons/*)
list(FILTER page EXCLUDE REGEX "/(package|package-lock)\\.json$|/sw\\.js$")
sources(files web)
list(FILTER files EXCLUDE REGEX "/(node_modules|tests)/")
if(TARGET rivulet_ui AND files)
  add_executable(rivulet-web ${files})
  rivulet_target(rivulet-web)
  target_include_directories(rivulet-web PRIVATE web)
  set_target_properties(rivulet-web PROPERTIES OUTPUT_NAME ${module})
  target_link_libraries(rivulet-web PRIVATE rivulet_ui rivulet_headers)
  target_link_options(rivulet-web PRIVATE ${link_options} -sENVIRONMENT=web,worker -sMODULARIZE=1 -sEXPORT_ES6=1
    -sEXPORT_NAME=createRivulet -sMIN_WEBGL_VERSION=2 -sMAX_WEBGL_VERSION=2
    -sGL_SUPPORT_AUTOMATIC_ENABLE_EXTENSIONS=0 -sGL_SUPPORT_SIMPLE_ENABLE_EXTENSIONS=0 # None is needed, and asking for all takes long.
    -sEXPORTED_RUNTIME_METHODS=ccall,UTF8ToString,stringToNewUTF8,HEAPU8)
  if(RIVULET_WEB_THREADS)  # The first frame does not wait for the workers.
    target_link_options(rivulet-web PRIVATE -sPTHREAD_POOL_SIZE=2 -sPTHREAD_POOL_DELAY_LOAD=1)
  endif()
  add_custom_command(TARGET rivulet-web POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E make_directory ${site}
    COMMAND ${CMAKE_COMMAND} -E copy_if_different $<TARGET_FILE:rivulet-web> ${module}.wasm ${site}
    COMMENT "Copying ${module} into build/web" WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
endif()
# The benchmarks of tests/bench: built on demand, as bench-threads.mjs and bench-baseline.mjs.
file(GLOB files CONFIGURE_DEPENDS tests/bench/*.cpp)
if(files)
  add_executable(rivulet-bench EXCLUDE_FROM_ALL ${files})
  rivulet_target(rivulet-bench)
  string(REPLACE rivulet- bench- bench ${module})
  set_target_properties(rivulet-bench PROPERTIES OUTPUT_NAME ${bench} SUFFIX .mjs)
  target_link_libraries(rivulet-bench PRIVATE rivulet_core rivulet_headers)
  target_link_options(rivulet-bench PRIVATE ${link_options} --no-entry -sENVIRONMENT=web,worker -sMODULARIZE=1 -sEXPORT_ES6=1
    -sEXPORTED_FUNCTIONS=_malloc,_free -sEXPORTED_RUNTIME_METHODS=ccall,HEAPF32,HEAPU8)
endif()

file(GLOB weights CONFIGURE_DEPENDS assets/models/*.safetensors assets/pictures/*.png)
if(page)
  foreach(file IN LISTS page weights)
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE name)
    string(REGEX REPLACE "^(web|assets)/" "" name ${name})
    add_custom_command(OUTPUT ${site}/${name} DEPENDS ${file} COMMAND ${CMAKE_COMMAND} -E copy ${file} ${site}/${name})
    list(APPEND copies ${site}/${name})
  endforeach()
  foreach(file IN LISTS chinese_fonts)
    cmake_path(GET file FILENAME name)
    add_custom_command(OUTPUT ${site}/fonts/${name} DEPENDS ${file} rivulet_chinese_fonts
      COMMAND ${CMAKE_COMMAND} -E copy ${file} ${site}/fonts/${name})
    list(APPEND copies ${site}/fonts/${name})
  endforeach()
  add_custom_target(rivulet-page ALL DEPENDS ${copies})
endif()

# What is served: no tests, no benchmarks. Whatever was built, sw.js names it.
add_custom_target(site ALL COMMAND /usr/bin/python3 ${PROJECT_SOURCE_DIR}/cmake/web/stamp.py ${PROJECT_SOURCE_DIR}/web/sw.js ${site})
add_dependencies(site rivulet-web rivulet-page)
