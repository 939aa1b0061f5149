# The C++ library as it is installed: cmake --install build/release --component cpp --prefix DIR. It brings the
# headers that callers include, the libraries below them, and find_package(mere COMPONENTS client embedded).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# What client's public headers include, and the way in without a server; tests/cpp_package_test.py looks whether
# any is missing.
set(mere_headers
  base/check.h base/clock.h base/executor.h base/fd.h base/glob.h base/json_writer.h base/memory_budget.h
  base/random.h base/result.h base/task.h base/time_format.h
  http/client.h http/message.h
  api/json_values.h api/raw_json.h api/raw_request.h
  serve/local_lake.h)
set(mere_generated_headers api/json.h api/operations.h api/types.h client/api.h client/async_api.h client/calls.h)
file(GLOB client_headers RELATIVE ${CMAKE_SOURCE_DIR}/src CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/client/*.h)
list(FILTER client_headers EXCLUDE REGEX "client/(test_.*|call_builder|decode|multipart|parallel|parts_writer|save_body|store_parts|unfinished_file)\\.h$")

set(mere_include ${CMAKE_INSTALL_INCLUDEDIR}/mere)
foreach(header ${mere_headers} ${client_headers})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${CMAKE_SOURCE_DIR}/src/${header} DESTINATION ${mere_include}/${folder} COMPONENT cpp)
endforeach()
foreach(header ${mere_generated_headers})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${CMAKE_BINARY_DIR}/generated/${header} DESTINATION ${mere_include}/${folder} COMPONENT cpp)
endforeach()

# mere::client, and mere::embedded with all that opens a lake in a folder.
set(mere_client_libraries base http api client)
set(mere_embedded_libraries kv block tree version auth lake transfer rest s3 web serve)
foreach(name ${mere_client_libraries} ${mere_embedded_libraries})
  target_compile_features(mere_${name} PUBLIC cxx_std_20)
  target_include_directories(mere_${name} INTERFACE $<INSTALL_INTERFACE:${mere_include}>)
  set_target_properties(mere_${name} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS mere_${name} EXPORT mere ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT cpp)
endforeach()
set_target_properties(mere_serve PROPERTIES EXPORT_NAME embedded)

set(mere_package ${CMAKE_INSTALL_LIBDIR}/cmake/mere)
install(EXPORT mere NAMESPACE mere:: FILE mere-targets.cmake DESTINATION ${mere_package} COMPONENT cpp)
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/mere-config.cmake.in ${CMAKE_BINARY_DIR}/mere-config.cmake
  INSTALL_DESTINATION ${mere_package})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/mere-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/mere-config.cmake ${CMAKE_BINARY_DIR}/mere-config-version.cmake
  DESTINATION ${mere_package} COMPONENT cpp)
