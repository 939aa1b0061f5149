# bench/kv_bench.cpp is the program kv_bench: `-DMERE_BENCHMARKS=ON`, with the release preset.
if(MERE_BENCHMARKS)
  find_package(benchmark REQUIRED)
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
