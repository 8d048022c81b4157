# Places files in the program.
# As a module: embed(TARGET HEADER NAMESPACE FILE...) adds functions `std::span<const unsigned char> file_name()` to a target.
# As a script (cmake -DOUTPUT= -DHEADER= -DNAMESPACE= -DFILES= -P embed.cmake): writes the source; run by the build.

function(embed target header namespace)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${target}_embedded.cpp)
  list(JOIN ARGN "|" files)
  add_custom_command(OUTPUT ${output} DEPENDS ${ARGN} ${CMAKE_CURRENT_FUNCTION_LIST_FILE} VERBATIM COMMENT "Embedding assets"
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DHEADER=${header} -DNAMESPACE=${namespace} "-DFILES=${files}" -P ${CMAKE_CURRENT_FUNCTION_LIST_FILE})
  target_sources(${target} PRIVATE ${output})
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  set(source "#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n")
  string(REPLACE "|" ";" FILES "${FILES}")
  foreach(file IN LISTS FILES)
    cmake_path(GET file STEM name)
    string(TOLOWER ${name} name)
    string(REGEX REPLACE "[^a-z0-9]" "_" name ${name})
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(APPEND source "static constexpr unsigned char ${name}_bytes[] = {${bytes}};\n"
      "std::span<const unsigned char> ${name}() { return ${name}_bytes; }\n")
  endforeach()
  file(WRITE ${OUTPUT} "${source}}  // namespace ${NAMESPACE}\n")
endif()
