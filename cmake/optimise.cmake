# What release builds by Clang have beyond -O2: `optimised(target)`, for libraries and for programs that users run.
#
# Profile-guided: what a server under load runs is laid out and inlined by mere.profdata, which `./dev profile`
# measures anew. Functions that have changed since are compiled as if there were none.
# Across files (ThinLTO): programs are linked from the libraries' bitcode. Objects have machine code too
# (-ffat-lto-objects), so that test programs link as fast as ever.
set(MERE_PROFILE "use" CACHE STRING "use | make (count what runs; LLVM_PROFILE_FILE says where) | none")
option(MERE_LTO "optimise programs across files; needs lld" ON)

set(used_profile)
set(optimised_code)
set(optimised_link)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 19
    AND NOT MERE_SANITIZE AND CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo)$")
  # Functions local to a file are known by its name in a profile: paths differ between checkouts.
  set(local_names "SHELL:-mllvm -static-func-full-module-prefix=false")
  if(MERE_PROFILE STREQUAL "make")
    set(optimised_code -fprofile-generate ${local_names})
    # Of all that links the libraries; mold 1.10 stops at an inline function that is counted in one object and
    # not in another.
    add_link_options(-fprofile-generate -fuse-ld=lld)
  elseif(MERE_PROFILE STREQUAL "use")
    set(used_profile ${CMAKE_CURRENT_LIST_DIR}/mere.profdata)
    # -Wno-backend-plugin: that a function has changed since.
    set(optimised_code -fprofile-use=${used_profile} -Wno-backend-plugin ${local_names})
  endif()
  # An older lld does not read this compiler's bitcode.
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -fuse-ld=lld -Wl,--version OUTPUT_VARIABLE lld ERROR_QUIET)
  string(REGEX REPLACE "^.*LLD ([0-9.]+).*$" "\\1" lld "${lld}")
  if(MERE_LTO AND lld VERSION_GREATER_EQUAL CMAKE_CXX_COMPILER_VERSION AND NOT MERE_PROFILE STREQUAL "make")
    list(APPEND optimised_code -flto=thin -ffat-lto-objects)
    set(optimised_link -fuse-ld=lld -flto=thin -ffat-lto-objects
      -Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/lto)
  endif()
endif()

# Objects of two profiles do not link.
function(depend_on_profile target)
  get_target_property(sources ${target} SOURCES)
  set_property(SOURCE ${sources} APPEND PROPERTY OBJECT_DEPENDS ${used_profile})
endfunction()

function(optimised target)
  target_compile_options(${target} PRIVATE ${optimised_code})
  if(used_profile)  # at the end, when all sources are known
    cmake_language(EVAL CODE "cmake_language(DEFER CALL depend_on_profile ${target})")
  endif()
  get_target_property(type ${target} TYPE)
  if(NOT type STREQUAL "STATIC_LIBRARY")
    target_link_options(${target} PRIVATE ${optimised_link})
  endif()
endfunction()
