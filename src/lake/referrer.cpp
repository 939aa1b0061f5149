#include "lake/referrer.h"

#include "lake/entry_address.h"
#include "lake/lake.h"
#include "version/names.h"
#include "version/view.h"

namespace mere::lake {
namespace {

constexpr std::size_t kPage = 1000;

class Question {
 public:
  Question(const Lake& lake, const version::Repository& repository, std::string_view path,
           const block::Address& address)
      : lake_(lake), repository_(repository), path_(path), address_(address) {}

  Result<bool> asked(const Referrer& referrer) const {
    switch (referrer.kind) {
      case Referrer::Kind::branch:
      case Referrer::Kind::changes:
        return shown_by(lake_.engine.refs.branch(repository_, version::BranchName(referrer.name)));
      case Referrer::Kind::tag:
        return shown_by(lake_.engine.refs.tag(repository_, version::TagName(referrer.name)));
      case Referrer::Kind::commit:
        return true;  // it never changes
    }
    MERE_CHECK(false);
  }

  Result<bool> asked_of_all() const {
    version::PageRequest page{.amount = kPage};
    for (bool more = true; more;) {
      ASSIGN_OR_RETURN(const auto found, lake_.engine.refs.branches(repository_, page, /*show_hidden=*/true));
      ASSIGN_OR_RETURN(const bool shown, shown_by_one_of(found, page));
      if (shown) return true;
      more = found.has_more;
    }
    page.after.clear();
    for (bool more = true; more;) {
      ASSIGN_OR_RETURN(const auto found, lake_.engine.refs.tags(repository_, page));
      ASSIGN_OR_RETURN(const bool shown, shown_by_one_of(found, page));
      if (shown) return true;
      more = found.has_more;
    }
    return false;
  }

 private:
  template <class Ref>
  Result<bool> shown_by_one_of(const version::Page<Ref>& found, version::PageRequest& page) const {
    for (const Ref& ref : found.items) {
      ASSIGN_OR_RETURN(const bool shown, shown_by(Result<Ref>(ref)));
      if (shown) return true;
      page.after = ref.name.str();
    }
    return false;
  }

  // With the changes of the branch, and without: what they hide is committed still.
  Result<bool> shown_by(const Result<version::Branch>& branch) const {
    if (!branch) return missing(branch.error());
    ASSIGN_OR_RETURN(const bool shown, shown_at({.commit = branch->commit_id, .branch = *branch}));
    if (shown) return true;
    return shown_at({.commit = branch->commit_id});
  }
  Result<bool> shown_by(const Result<version::Tag>& tag) const {
    if (!tag) return missing(tag.error());
    return shown_at({.commit = tag->commit_id});
  }
  Result<bool> shown_at(const version::Resolved& at) const {
    const version::Engine& engine = lake_.engine;
    const version::Sources sources{lake_.state, lake_.trees, engine.commits, engine.staging};
    const auto found = version::find(sources, repository_, at, path_);
    if (!found) return missing(found.error());
    ASSIGN_OR_RETURN(const tree::Entry entry, tree::decode_entry(found->data));
    return address_of(repository_, entry) == address_;
  }
  static Result<bool> missing(const Error& error) {
    if (error.code == Code::not_found) return false;
    return error;
  }

  const Lake& lake_;
  const version::Repository& repository_;
  const std::string_view path_;
  const block::Address& address_;
};

}  // namespace

std::string where_of(const Referrer& referrer) {
  switch (referrer.kind) {
    case Referrer::Kind::branch:
      return "branch " + referrer.name;
    case Referrer::Kind::changes:
      return "branch " + referrer.name + ", uncommitted";
    case Referrer::Kind::tag:
      return "tag " + referrer.name;
    case Referrer::Kind::commit:
      return "commit " + referrer.name;
  }
  MERE_CHECK(false);
}

bool is_deleted(const Lake& lake, const version::Repository& repository) {
  const auto now = lake.engine.repositories.get(repository.name);
  if (now) return now->instance_uid != repository.instance_uid;
  return now.error().code == Code::not_found || now.error().code == Code::gone;
}

Result<bool> is_still_an_object(const Lake& lake, const version::Repository& repository,
                                const Referrer& referrer, std::string_view path,
                                const block::Address& address) {
  if (!version::check_path(path)) return true;  // written by another program: it cannot be looked up
  const Question question(lake, repository, path, address);
  ASSIGN_OR_RETURN(const bool shown, question.asked(referrer));
  if (shown) return true;
  return question.asked_of_all();
}

}  // namespace mere::lake
