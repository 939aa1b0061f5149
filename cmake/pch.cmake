# Two precompiled headers: pch.h for every target, test_pch.h for test programs. CMake's own would make one a
# target and name it by an absolute path, by which ccache tells checkouts apart.
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

foreach(header pch test_pch)
  set(own_flags)
  if(header STREQUAL test_pch)
    set(own_flags -DGTEST_HAS_PTHREAD=1)  # as its users have it from GTest::gtest
  endif()
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/${header}.pch
    COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 ${pch_flags} ${pch_options} ${own_flags} -x c++-header
      ${CMAKE_SOURCE_DIR}/cmake/${header}.h -o ${header}.pch
    DEPENDS ${CMAKE_SOURCE_DIR}/cmake/${header}.h ${CMAKE_SOURCE_DIR}/cmake/pch.h
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR} VERBATIM)
  add_custom_target(mere_${header} DEPENDS ${CMAKE_BINARY_DIR}/${header}.pch)

  # What ccache takes for its contents (CCACHE_PCH_EXTSUM): the flags it sees by itself.
  file(SHA256 ${CMAKE_SOURCE_DIR}/cmake/pch.h pch_sum)
  file(SHA256 ${CMAKE_SOURCE_DIR}/cmake/${header}.h header_sum)
  file(WRITE ${CMAKE_BINARY_DIR}/${header}.pch.sum "${pch_sum} ${header_sum} ${CMAKE_CXX_COMPILER_VERSION}")
endforeach()

# precompiled_header(target [test_pch])
function(precompiled_header target)
  set(header ${ARGN})
  if(NOT header)
    set(header pch)
  endif()
  get_target_property(sources ${target} SOURCES)
  set_source_files_properties(${sources} PROPERTIES OBJECT_DEPENDS ${CMAKE_BINARY_DIR}/${header}.pch)
  target_compile_options(${target} PRIVATE -include-pch ${header}.pch)
  add_dependencies(${target} mere_${header})
endfunction()
