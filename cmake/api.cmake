# The half of mere_api that tools/apigen makes from api/openapi.yaml, included as "api/…".
find_package(Python3 3.10 REQUIRED COMPONENTS Interpreter)
find_library(RE2_LIBRARY re2 REQUIRED)

set(api_out ${CMAKE_BINARY_DIR}/generated/api)
set(client_out ${CMAKE_BINARY_DIR}/generated/client)
set(api_generated types.h types.cpp json.h json_write.cpp json_read.cpp operations.h operations.cpp
  routes.h routes.cpp dispatch.h document.h document.cpp)
list(TRANSFORM api_generated PREPEND ${api_out}/)
set(client_generated calls.h calls.cpp api.h api.cpp async_api.h async_api.cpp)
list(TRANSFORM client_generated PREPEND ${client_out}/)
file(GLOB api_generator CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/tools/apigen/*.py ${CMAKE_SOURCE_DIR}/tools/apigen/cpp/*.py)
list(FILTER api_generator EXCLUDE REGEX "_test\\.py$")

add_custom_command(
  OUTPUT ${api_generated} ${client_generated}
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/apigen
    --document ${CMAKE_SOURCE_DIR}/api/openapi.yaml --out ${api_out} --client ${client_out}
  DEPENDS ${CMAKE_SOURCE_DIR}/api/openapi.yaml ${api_generator}
  COMMENT "Generating the API's types, codecs, routes and calls"
  VERBATIM)

target_sources(mere_api PRIVATE ${api_generated})
target_include_directories(mere_api PUBLIC $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/generated>)
target_link_libraries(mere_api PRIVATE ${RE2_LIBRARY})
# One command writes both: a target of its own, so that it runs once.
add_custom_target(api_code DEPENDS ${api_generated} ${client_generated})
add_dependencies(mere_api api_code)
target_sources(mere_client PRIVATE ${client_generated})
add_dependencies(mere_client api_code)

if(BUILD_TESTING)
  add_test(NAME apigen COMMAND ${Python3_EXECUTABLE} -m unittest discover -s tools -t tools -p "*_test.py"
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endif()
