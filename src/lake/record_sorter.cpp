#include "lake/record_sorter.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/check.h"
#include "base/wire.h"
#include "base/write_all.h"

namespace mere::lake {
namespace {

constexpr std::size_t kBufferBytes = 256 << 10;

// One record in a buffer or file: | body size uvarint | key size uvarint, key | rank uvarint |
// identity size uvarint, identity | data |. The files are our own, but the disk may lie: sizes are checked.
struct Parsed {
  std::string_view key;
  std::uint64_t rank = 0;
  std::string_view identity;
  std::string_view data;
};

// Answers where in `out` the key begins.
std::size_t append_record(std::string& out, std::string_view key, std::uint64_t rank,
                          std::string_view identity, std::string_view data) {
  std::string sizes;
  append_uvarint(sizes, key.size());
  const std::size_t key_size_bytes = sizes.size();
  append_uvarint(sizes, rank);
  append_uvarint(sizes, identity.size());
  append_uvarint(out, sizes.size() + key.size() + identity.size() + data.size());
  out.append(sizes, 0, key_size_bytes);
  const std::size_t key_at = out.size();
  out.append(key).append(sizes, key_size_bytes).append(identity).append(data);
  return key_at;
}

bool parse_body(std::string_view body, Parsed& record) {
  std::uint64_t size = 0;
  if (!take_uvarint(body, size) || size > body.size()) return false;
  record.key = body.substr(0, size);
  body.remove_prefix(size);
  if (!take_uvarint(body, record.rank) || !take_uvarint(body, size) || size > body.size()) return false;
  record.identity = body.substr(0, size);
  record.data = body.substr(size);
  return true;
}

Error system_error(const char* what) {
  const int number = errno;
  return {number == ENOSPC || number == EDQUOT ? Code::no_space : Code::io_error,
          std::string(what) + " a temporary file: " + std::strerror(number)};
}

// A file without a name: it is gone when its descriptor is, whatever happens to the process.
Result<Fd> open_temporary(const SorterOptions& options) {
  std::error_code failed;
  std::string folder =
      options.folder.empty() ? std::filesystem::temp_directory_path(failed).string() : options.folder;
  if (failed) folder = "/tmp";
  if (const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); fd >= 0) return Fd(fd);
  std::string path = folder + "/mere-sort-XXXXXX";  // a file system that has no O_TMPFILE
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) return system_error("making");
  ::unlink(path.c_str());
  return Fd(fd);
}

Status write_all_bytes(const Fd& file, std::string_view bytes) {
  return write_all(file.get(), bytes) ? Status() : system_error("writing");
}

// Where a merge takes records from, in order of key, then descending rank.
class Source {
 public:
  virtual ~Source() = default;
  virtual bool valid() const = 0;
  virtual const Parsed& record() const = 0;
  virtual Status next() = 0;
};

}  // namespace

struct RecordSorter::Run {
  Fd file;
};

class RecordSorter::FileSource final : public Source {
 public:
  explicit FileSource(const Run& run) : run_(run) {}
  bool valid() const override { return valid_; }
  const Parsed& record() const override { return record_; }

  Status next() override {
    valid_ = false;
    std::uint64_t size = 0;
    for (;;) {
      std::string_view rest = std::string_view(buffer_).substr(position_);
      const std::size_t before = rest.size();
      if (take_uvarint(rest, size) && size <= rest.size()) {
        if (!parse_body(rest.substr(0, size), record_))
          return Error{Code::corrupt, "a temporary file changed"};
        position_ += before - rest.size() + size;
        valid_ = true;
        return {};
      }
      ASSIGN_OR_RETURN(const bool more, fill());
      if (!more) {
        if (position_ != buffer_.size()) return Error{Code::corrupt, "a temporary file was cut short"};
        return {};
      }
    }
  }

 private:
  // Views of the last record end here, which next() has left already.
  Result<bool> fill() {
    buffer_.erase(0, position_);
    position_ = 0;
    const std::size_t kept = buffer_.size();
    buffer_.resize(kept + kBufferBytes);
    ssize_t got = 0;
    do {
      got = ::pread(run_.file.get(), buffer_.data() + kept, kBufferBytes, static_cast<off_t>(offset_));
    } while (got < 0 && errno == EINTR);
    if (got < 0) return system_error("reading");
    buffer_.resize(kept + static_cast<std::size_t>(got));
    offset_ += static_cast<std::uint64_t>(got);
    return got > 0;
  }

  const Run& run_;
  std::string buffer_;
  std::size_t position_ = 0;
  std::uint64_t offset_ = 0;
  Parsed record_;
  bool valid_ = false;
};

class RecordSorter::MemorySource final : public Source {
 public:
  explicit MemorySource(const RecordSorter& sorter) : sorter_(sorter) {}
  bool valid() const override { return at_ <= sorter_.slots_.size() && at_ > 0; }
  const Parsed& record() const override { return record_; }
  Status next() override {
    if (at_ < sorter_.slots_.size()) {
      std::string_view rest = std::string_view(sorter_.buffer_).substr(sorter_.slots_[at_].offset);
      std::uint64_t size = 0;
      MERE_CHECK(take_uvarint(rest, size) && parse_body(rest.substr(0, size), record_));
    }
    ++at_;
    return {};
  }

 private:
  const RecordSorter& sorter_;
  std::size_t at_ = 0;  // one past the record that is shown
  Parsed record_;
};

class RecordSorter::Merge final : public tree::Cursor {
 public:
  explicit Merge(std::vector<std::unique_ptr<Source>> sources) : sources_(std::move(sources)) {}

  Status start() {
    for (const auto& source : sources_) {
      RETURN_IF_ERROR(source->next());
      if (source->valid()) heap_.push_back(source.get());
    }
    std::make_heap(heap_.begin(), heap_.end(), later);
    show();
    return {};
  }

  bool valid() const override { return valid_; }
  const tree::Record& record() const override { return record_; }
  void next() override {
    // The key is compared with what follows it, whose source may reuse the bytes: keep it.
    key_.assign(record_.key);
    do {
      if (!advance()) return;
    } while (!heap_.empty() && heap_.front()->record().key == key_);  // smaller ranks of the same key
    show();
  }
  void seek(std::string_view key) override {
    while (valid_ && record_.key < key) next();
  }
  Status status() const override { return error_ ? Status(*error_) : Status(); }

 private:
  static bool later(const Source* a, const Source* b) {
    const int order = a->record().key.compare(b->record().key);
    return order != 0 ? order > 0 : a->record().rank < b->record().rank;
  }
  bool advance() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Source* const source = heap_.back();
    if (auto moved = source->next(); !moved) {
      error_ = std::move(moved).error();
      valid_ = false;
      heap_.clear();
      return false;
    }
    if (source->valid()) {
      std::push_heap(heap_.begin(), heap_.end(), later);
    } else {
      heap_.pop_back();
    }
    return true;
  }
  void show() {
    valid_ = !heap_.empty();
    if (!valid_) return;
    const Parsed& first = heap_.front()->record();
    record_ = {first.key, first.identity, first.data};
    rank_ = first.rank;
  }

 public:
  std::uint64_t rank() const { return rank_; }

 private:
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<Source*> heap_;
  tree::Record record_;
  std::uint64_t rank_ = 0;
  std::string key_;
  bool valid_ = false;
  std::optional<Error> error_;
};

RecordSorter::RecordSorter(SorterOptions options) : options_(std::move(options)) {}
RecordSorter::~RecordSorter() = default;

Status RecordSorter::add(std::string_view key, std::uint32_t rank, std::string_view identity,
                         std::string_view data) {
  const std::size_t offset = buffer_.size();
  const std::size_t key_at = append_record(buffer_, key, rank, identity, data);
  slots_.push_back(
      {offset, static_cast<std::uint32_t>(key_at - offset), static_cast<std::uint32_t>(key.size()), rank});
  if (buffer_.size() + slots_.size() * sizeof(Slot) < options_.memory_bytes) return {};
  return spill();
}

void RecordSorter::sort_buffer() {
  const auto key_of = [&](const Slot& slot) {
    return std::string_view(buffer_).substr(slot.offset + slot.key_at, slot.key_size);
  };
  std::sort(slots_.begin(), slots_.end(), [&](const Slot& a, const Slot& b) {
    const int order = key_of(a).compare(key_of(b));
    return order != 0 ? order < 0 : a.rank > b.rank;
  });
}

Status RecordSorter::spill() {
  if (slots_.empty()) return {};
  sort_buffer();
  ASSIGN_OR_RETURN(Fd file, open_temporary(options_));
  std::string out;
  for (const Slot& slot : slots_) {
    std::string_view rest = std::string_view(buffer_).substr(slot.offset);
    const std::size_t before = rest.size();
    std::uint64_t size = 0;
    MERE_CHECK(take_uvarint(rest, size));
    out.append(buffer_, slot.offset, before - rest.size() + size);
    if (out.size() < kBufferBytes) continue;
    RETURN_IF_ERROR(write_all_bytes(file, out));
    out.clear();
  }
  RETURN_IF_ERROR(write_all_bytes(file, out));
  runs_.push_back(std::make_unique<Run>(std::move(file)));
  buffer_.clear();
  slots_.clear();
  return runs_.size() < options_.max_runs ? Status() : merge_runs();
}

Status RecordSorter::merge_runs() {
  std::vector<std::unique_ptr<Source>> sources;
  for (const auto& run : runs_) sources.push_back(std::make_unique<FileSource>(*run));
  Merge merge(std::move(sources));
  RETURN_IF_ERROR(merge.start());
  ASSIGN_OR_RETURN(Fd file, open_temporary(options_));
  std::string out;
  for (; merge.valid(); merge.next()) {
    append_record(out, merge.record().key, merge.rank(), merge.record().identity, merge.record().data);
    if (out.size() < kBufferBytes) continue;
    RETURN_IF_ERROR(write_all_bytes(file, out));
    out.clear();
  }
  RETURN_IF_ERROR(merge.status());
  RETURN_IF_ERROR(write_all_bytes(file, out));
  runs_.clear();
  runs_.push_back(std::make_unique<Run>(std::move(file)));
  return {};
}

Result<std::unique_ptr<tree::Cursor>> RecordSorter::sorted() {
  sort_buffer();
  std::vector<std::unique_ptr<Source>> sources;
  for (const auto& run : runs_) sources.push_back(std::make_unique<FileSource>(*run));
  sources.push_back(std::make_unique<MemorySource>(*this));
  auto merge = std::make_unique<Merge>(std::move(sources));
  RETURN_IF_ERROR(merge->start());
  return std::unique_ptr<tree::Cursor>(std::move(merge));
}

}  // namespace mere::lake
