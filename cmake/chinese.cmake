# The Chinese faces, made by the build from exactly the characters that lib/rivulet/words/chinese uses.
# Sets `chinese_fonts`: the paths of the regular and the bold one. The library rivulet_chinese holds them for programs that do
# not fetch them.

foreach(weight IN ITEMS Regular Bold)
  find_file(noto_${weight} NotoSansCJK-${weight}.ttc PATHS /usr/share/fonts/opentype/noto /usr/share/fonts/noto-cjk
    NO_CMAKE_FIND_ROOT_PATH)
endforeach()
find_program(fonttools_python NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
find_program(fonttools_python NAMES python3 NO_CMAKE_FIND_ROOT_PATH)
execute_process(COMMAND ${fonttools_python} -c "import fontTools.ttLib.scaleUpem" RESULT_VARIABLE no_fonttools ERROR_QUIET)

set(script ${CMAKE_CURRENT_LIST_DIR}/chinese_fonts.py)
set(folder ${CMAKE_BINARY_DIR}/fonts)
set(chinese_fonts ${folder}/NotoSansSC-Regular.otf ${folder}/NotoSansSC-Bold.otf)
file(GLOB tables CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/rivulet/words/chinese/*.cpp)
set(make_fonts ${fonttools_python} ${script} ${noto_Regular} ${noto_Bold} ${folder} ${tables})
if(no_fonttools OR NOT noto_Regular OR NOT noto_Bold)  # the command line builds without them
  set(make_fonts ${CMAKE_COMMAND} -E echo "rivulet: install fonts-noto-cjk python3-fonttools" COMMAND ${CMAKE_COMMAND} -E false)
endif()
add_custom_command(OUTPUT ${chinese_fonts} DEPENDS ${script} ${tables} VERBATIM COMMENT "Making the Chinese fonts"
  COMMAND ${make_fonts})
add_custom_target(rivulet_chinese_fonts DEPENDS ${chinese_fonts})
add_library(rivulet_chinese STATIC EXCLUDE_FROM_ALL)
rivulet_target(rivulet_chinese)
target_include_directories(rivulet_chinese PRIVATE ${PROJECT_SOURCE_DIR}/lib)
embed(rivulet_chinese rivulet/ui/chinese_faces.h rivulet::ui::chinese_faces ${chinese_fonts})
