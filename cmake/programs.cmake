# The program `mere`.
if(EXISTS ${CMAKE_SOURCE_DIR}/src/cli/main/main.cpp)
  add_executable(mere ${CMAKE_SOURCE_DIR}/src/cli/main/main.cpp)
  target_link_libraries(mere PRIVATE mere_cli)
  optimised(mere)
  set_target_properties(mere PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endif()
