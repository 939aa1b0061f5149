# The half of mere_api that tools/apigen makes from api/openapi.yaml, included as "api/…".
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
find_library(RE2_LIBRARY re2 REQUIRED)

set(api_out ${CMAKE_BINARY_DIR}/generated/api)
set(api_generated types.h types.cpp json.h json_write.cpp json_read.cpp operations.h operations.cpp
  routes.h routes.cpp dispatch.h document.h document.cpp)
list(TRANSFORM api_generated PREPEND ${api_out}/)
file(GLOB api_generator CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/tools/apigen/*.py ${CMAKE_SOURCE_DIR}/tools/apigen/cpp/*.py)
list(FILTER api_generator EXCLUDE REGEX "_test\\.py$")

add_custom_command(
  OUTPUT ${api_generated}
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/apigen
    --document ${CMAKE_SOURCE_DIR}/api/openapi.yaml --out ${api_out}
  DEPENDS ${CMAKE_SOURCE_DIR}/api/openapi.yaml ${api_generator}
  COMMENT "Generating the API's types, codecs and routes"
  VERBATIM)

target_sources(mere_api PRIVATE ${api_generated})
target_include_directories(mere_api PUBLIC ${CMAKE_BINARY_DIR}/generated)
target_link_libraries(mere_api PRIVATE ${RE2_LIBRARY})

if(BUILD_TESTING)
  add_test(NAME apigen COMMAND ${Python3_EXECUTABLE} -m unittest discover -s tools -t tools -p "*_test.py"
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endif()
