# The Python packages: the extension module mere_sdk._native, what apigen writes, and the sources beside
# them, laid out in build/<preset>/python as they are installed.
option(MERE_PYTHON "build the Python packages" OFF)
if(NOT MERE_PYTHON)
  return()
endif()

find_package(Python 3.10 REQUIRED COMPONENTS Interpreter Development.Module)
execute_process(COMMAND ${Python_EXECUTABLE} -m nanobind --cmake_dir
  OUTPUT_STRIP_TRAILING_WHITESPACE OUTPUT_VARIABLE nanobind_ROOT COMMAND_ERROR_IS_FATAL ANY)
find_package(nanobind CONFIG REQUIRED)

set(python_out ${CMAKE_BINARY_DIR}/python)
file(GLOB native_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/python/native/*.cpp)
nanobind_add_module(mere_native NB_STATIC NOMINSIZE ${native_sources})
set_target_properties(mere_native PROPERTIES OUTPUT_NAME _native LIBRARY_OUTPUT_DIRECTORY ${python_out}/mere_sdk)
target_link_libraries(mere_native PRIVATE mere_client mere_serve simdjson::simdjson)
optimised(mere_native)

file(GLOB_RECURSE python_sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/python
  ${CMAKE_SOURCE_DIR}/python/mere*/*.py ${CMAKE_SOURCE_DIR}/python/mere*/*.pyi ${CMAKE_SOURCE_DIR}/python/mere*/py.typed)
set(python_staged)
foreach(source ${python_sources})
  add_custom_command(OUTPUT ${python_out}/${source}
    COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/python/${source} ${python_out}/${source}
    DEPENDS ${CMAKE_SOURCE_DIR}/python/${source} VERBATIM)
  list(APPEND python_staged ${python_out}/${source})
endforeach()

file(GLOB python_generator CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/tools/apigen/*.py ${CMAKE_SOURCE_DIR}/tools/apigen/python/*.py)
add_custom_command(OUTPUT ${python_out}/generated.stamp
  COMMAND ${Python_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/apigen
    --document ${CMAKE_SOURCE_DIR}/api/openapi.yaml --python ${python_out}/mere_sdk
  COMMAND ${CMAKE_COMMAND} -E touch ${python_out}/generated.stamp
  DEPENDS ${CMAKE_SOURCE_DIR}/api/openapi.yaml ${python_generator}
  COMMENT "Generating mere_sdk" VERBATIM)

add_custom_target(python ALL DEPENDS mere_native ${python_staged} ${python_out}/generated.stamp)
install(TARGETS mere_native LIBRARY DESTINATION mere_sdk COMPONENT python)
install(DIRECTORY ${python_out}/mere ${python_out}/mere_sdk ${python_out}/mere_spec DESTINATION .
  COMPONENT python PATTERN "*.so" EXCLUDE PATTERN "__pycache__" EXCLUDE)
