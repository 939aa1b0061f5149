# The files below sample/ as constants of mere_lake, taken in by the assembler.
file(GLOB_RECURSE sample_paths RELATIVE ${CMAKE_SOURCE_DIR}/sample CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sample/*)
list(SORT sample_paths)
set(content_type_.md "text/markdown")
set(content_type_.png "image/png")
set(content_type_.parquet "application/octet-stream")

set(declarations "")
set(rows "")
set(index 0)
foreach(path ${sample_paths})
  get_filename_component(extension ${path} LAST_EXT)
  string(APPEND declarations "asm(\".section .rodata\\nsample_${index}:\\n.incbin \\\"${CMAKE_SOURCE_DIR}/sample/${path}\\\"\\n"
    "sample_${index}_end:\\n.byte 0\\n.previous\");\n"
    "extern \"C\" const char sample_${index}[] __attribute__((visibility(\"hidden\")));\n"
    "extern \"C\" const char sample_${index}_end[] __attribute__((visibility(\"hidden\")));\n")
  string(APPEND rows "      {\"${path}\", \"${content_type_${extension}}\", {sample_${index}, std::size_t(sample_${index}_end - sample_${index})}},\n")
  math(EXPR index "${index} + 1")
endforeach()

set(sample_source ${CMAKE_BINARY_DIR}/generated/lake/sample_files.cpp)
file(CONFIGURE OUTPUT ${sample_source} @ONLY CONTENT [=[
#include "lake/sample_data.h"

@declarations@
namespace mere::lake {

std::span<const SampleFile> sample_files() {
  static const SampleFile files[] = {
@rows@  };
  return files;
}

}  // namespace mere::lake
]=])
list(TRANSFORM sample_paths PREPEND ${CMAKE_SOURCE_DIR}/sample/)
set_source_files_properties(${sample_source} PROPERTIES OBJECT_DEPENDS "${sample_paths}")
target_sources(mere_lake PRIVATE ${sample_source})
