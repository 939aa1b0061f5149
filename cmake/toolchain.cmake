# Compiler, linker, warnings and sanitizers: settings of every target.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR "g++ before 14 destroys some co_await temporaries twice: use a preset (clang-19)")
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wthread-safety -Werror=return-type -Werror=unused-result -Wno-missing-field-initializers)
add_compile_options(-fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_compile_options(-fpch-instantiate-templates)
endif()

if(MERE_SANITIZE)
  add_compile_options(-fsanitize=${MERE_SANITIZE} -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${MERE_SANITIZE})
endif()
