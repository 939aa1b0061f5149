# The program `mere`.
if(EXISTS ${CMAKE_SOURCE_DIR}/src/cli/main/main.cpp)
  add_executable(mere ${CMAKE_SOURCE_DIR}/src/cli/main/main.cpp)
  target_link_libraries(mere PRIVATE mere_cli)
  set_target_properties(mere PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endif()

# Benchmarks, built when asked for.
add_executable(http_bench_server EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/http_bench_server.cpp)
target_link_libraries(http_bench_server PRIVATE mere_http)
find_package(benchmark QUIET)
if(benchmark_FOUND)
  add_executable(tree_bench EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/tree_bench.cpp)
  target_link_libraries(tree_bench PRIVATE mere_tree benchmark::benchmark)
endif()
