option(BUILD_TESTING "build the test programs" ON)
if(MERE_FUZZERS)
  add_custom_target(fuzzers)
endif()

# layer(tree base block): the library mere_tree of src/tree, which may use exactly mere_base and
# mere_block, and, if it has x_test.cpp files, the program tree_test made of them (and of x_fuzz.cpp files).
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
  optimised(mere_${name})

  # What fuzzers have kept runs with the tests of the folder, in every build.
  file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*_fuzz.cpp)
  foreach(source ${fuzzers})
    get_filename_component(fuzzer ${source} NAME_WE)
    set(corpus_test ${CMAKE_BINARY_DIR}/corpus/${name}_${fuzzer}_test.cpp)
    configure_file(${CMAKE_SOURCE_DIR}/cmake/corpus_test.cpp.in ${corpus_test} @ONLY)
    list(APPEND tests ${corpus_test})
  endforeach()

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
    foreach(fuzzer ${fuzzers})
      get_filename_component(target ${fuzzer} NAME_WE)
      add_executable(${name}_${target} ${fuzzer})
      target_link_libraries(${name}_${target} PRIVATE mere_${name})
      target_link_options(${name}_${target} PRIVATE -fsanitize=fuzzer)
      add_dependencies(fuzzers ${name}_${target})
    endforeach()
  endif()
endfunction()
