# bench/kv_bench.cpp is the program kv_bench: `-DMERE_BENCHMARKS=ON`, with the release preset.
# What bench/run.py needs beside mere is built when it is named: tests/bench_test.py runs its small form.
add_executable(http_bench_server EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/http_bench_server.cpp)
target_link_libraries(http_bench_server PRIVATE mere_http)
add_executable(load EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/load/load.cpp)
target_link_libraries(load PRIVATE mere_http)
add_executable(tables EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/tables.cpp)
target_link_libraries(tables PRIVATE mere_tree)

if(MERE_BENCHMARKS)
  find_package(benchmark REQUIRED)
  add_executable(http_client_bench ${CMAKE_SOURCE_DIR}/bench/http_client_bench.cpp)
  target_link_libraries(http_client_bench PRIVATE mere_http benchmark::benchmark benchmark::benchmark_main)
  file(GLOB benchmarks CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*_bench.cpp)
  foreach(source ${benchmarks})
    get_filename_component(target ${source} NAME_WE)
    string(REPLACE "_bench" "" folder ${target})
    if(TARGET ${target})  # told of elsewhere: one that needs more than its folder
      continue()
    endif()
    add_executable(${target} ${source})
    target_link_libraries(${target} PRIVATE mere_${folder} benchmark::benchmark benchmark::benchmark_main)
  endforeach()
endif()
