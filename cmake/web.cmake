# web/index.html as a constant of mere_web.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/index.html)
file(READ ${CMAKE_SOURCE_DIR}/web/index.html MERE_INDEX_PAGE)
set(page ${CMAKE_BINARY_DIR}/generated/web/index_page.cpp)
file(CONFIGURE OUTPUT ${page} @ONLY CONTENT [=[
#include <string_view>
namespace mere::web {
extern const std::string_view kIndexPage;
const std::string_view kIndexPage = R"page(@MERE_INDEX_PAGE@)page";
}
]=])
target_sources(mere_web PRIVATE ${page})
