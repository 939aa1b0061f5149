option(BUILD_TESTING "build the test programs" ON)

# layer(tree base block): the library mere_tree of src/tree, which may use exactly mere_base and
# mere_block, and, if it has x_test.cpp files, the program tree_test made of them.
# A folder whose sources are generated adds them to its target later (see dependencies.cmake).
function(layer name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz)\\.cpp$")
  list(TRANSFORM ARGN PREPEND mere_ OUTPUT_VARIABLE below)

  if(NOT sources)
    set(sources ${CMAKE_SOURCE_DIR}/cmake/empty.cpp)
  endif()
  add_library(mere_${name} STATIC ${sources})
  target_include_directories(mere_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src>)
  target_link_libraries(mere_${name} PUBLIC ${below})
  precompiled_header(mere_${name})

  if(tests AND BUILD_TESTING)
    find_package(GTest REQUIRED)
    find_package(rapidcheck REQUIRED)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE mere_${name} GTest::gmock GTest::gtest_main rapidcheck)
    precompiled_header(${name}_test test_pch)
    # Only where it is used: ccache tells checkouts apart by such a path.
    foreach(test ${tests})
      file(STRINGS ${test} uses REGEX MERE_TEST_DATA LIMIT_COUNT 1)
      if(uses)
        set_source_files_properties(${test} PROPERTIES COMPILE_DEFINITIONS
          MERE_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
      endif()
    endforeach()
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES ENVIRONMENT
      "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/tsan.supp")
  endif()

  if(MERE_FUZZERS)
    file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*_fuzz.cpp)
    foreach(fuzzer ${fuzzers})
      get_filename_component(target ${fuzzer} NAME_WE)
      add_executable(${name}_${target} ${fuzzer})
      target_link_libraries(${name}_${target} PRIVATE mere_${name})
      target_link_options(${name}_${target} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
endfunction()
