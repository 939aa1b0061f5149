# Compiler, linker, warnings and sanitizers: settings of every target.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR "g++ before 14 destroys some co_await temporaries twice: use a preset (clang-19)")
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Without these it caches nothing that has a precompiled header. They go with each compilation, so that
  # plain ninja has them too.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_PCH_EXTSUM=1 CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wthread-safety -Werror=return-type -Werror=unused-result -Wno-missing-field-initializers)
# -fPIC for programs too, so that all share one precompiled header.
add_compile_options(-fPIC -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Without times in it, a precompiled header made anew is the same file, which ccache compares.
  add_compile_options(-fpch-instantiate-templates "SHELL:-Xclang -fno-pch-timestamp")
endif()

if(MERE_SANITIZE)
  add_compile_options(-fsanitize=${MERE_SANITIZE} -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${MERE_SANITIZE})
endif()
