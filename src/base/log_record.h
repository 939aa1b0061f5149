// The text of one log record; apart from where it goes, so that it can be tested.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"

namespace mere::log {

// time="2026-01-02T03:04:05.678Z" level=info msg="commit" repository=lake took_ms=12
std::string text_record(Timestamp time, Level level, std::string_view message,
                        std::initializer_list<Field> fields);
// {"time":"2026-01-02T03:04:05.678Z","level":"info","msg":"commit","repository":"lake","took_ms":12}
std::string json_record(Timestamp time, Level level, std::string_view message,
                        std::initializer_list<Field> fields);

}  // namespace mere::log
