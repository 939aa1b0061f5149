# One precompiled header for every target. CMake's own would make one a target and name it by an absolute
# path, by which ccache tells checkouts apart.
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  function(precompiled_header target)
  endfunction()
  return()
endif()

string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
separate_arguments(pch_flags UNIX_COMMAND "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}}")
get_directory_property(pch_options COMPILE_OPTIONS)
list(TRANSFORM pch_options REPLACE "^SHELL:" "")
list(JOIN pch_options " " pch_options)
separate_arguments(pch_options UNIX_COMMAND "${pch_options}")

add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/pch.pch
  COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 ${pch_flags} ${pch_options} -x c++-header
    ${CMAKE_SOURCE_DIR}/cmake/pch.h -o pch.pch
  DEPENDS ${CMAKE_SOURCE_DIR}/cmake/pch.h WORKING_DIRECTORY ${CMAKE_BINARY_DIR} VERBATIM)
add_custom_target(mere_pch DEPENDS ${CMAKE_BINARY_DIR}/pch.pch)

# What ccache takes for the precompiled header's contents (CCACHE_PCH_EXTSUM): the flags it sees by itself.
file(SHA256 ${CMAKE_SOURCE_DIR}/cmake/pch.h pch_sum)
file(WRITE ${CMAKE_BINARY_DIR}/pch.pch.sum "${pch_sum} ${CMAKE_CXX_COMPILER_VERSION}")

function(precompiled_header target)
  get_target_property(sources ${target} SOURCES)
  set_source_files_properties(${sources} PROPERTIES OBJECT_DEPENDS ${CMAKE_BINARY_DIR}/pch.pch)
  target_compile_options(${target} PRIVATE -include-pch pch.pch)
  add_dependencies(${target} mere_pch)
endfunction()
