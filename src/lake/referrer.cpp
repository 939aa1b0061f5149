#include "lake/referrer.h"

#include "lake/entry_address.h"
#include "lake/every_ref.h"
#include "lake/lake.h"
#include "version/names.h"
#include "version/view.h"

namespace mere::lake {
namespace {

class Question {
 public:
  Question(const Lake& lake, const version::Repository& repository, std::string_view path,
           const block::Address& address)
      : lake_(lake), repository_(repository), path_(path), address_(address) {}

  Result<bool> asked(const Referrer& referrer) const {
    switch (referrer.kind) {
      case Referrer::Kind::branch:
      case Referrer::Kind::changes:
        return shown_by_found(lake_.engine.refs.branch(repository_, version::BranchName(referrer.name)));
      case Referrer::Kind::tag:
        return shown_by_found(lake_.engine.refs.tag(repository_, version::TagName(referrer.name)));
      case Referrer::Kind::commit:
        return true;  // it never changes
    }
    MERE_CHECK(false);
  }

  Result<bool> asked_of_all() const {
    bool shown = false;
    const auto unless_shown = [&](const auto& ref) -> Result<bool> {
      ASSIGN_OR_RETURN(shown, shown_by(ref));
      return !shown;
    };
    RETURN_IF_ERROR(for_each_branch(lake_.engine, repository_, unless_shown));
    if (!shown) RETURN_IF_ERROR(for_each_tag(lake_.engine, repository_, unless_shown));
    return shown;
  }

 private:
  template <class Ref>
  Result<bool> shown_by_found(const Result<Ref>& ref) const {
    if (!ref) return missing(ref.error());
    return shown_by(*ref);
  }
  // With the changes of the branch, and without: what they hide is committed still.
  Result<bool> shown_by(const version::Branch& branch) const {
    ASSIGN_OR_RETURN(const bool shown, shown_at({.commit = branch.commit_id, .branch = branch}));
    if (shown) return true;
    return shown_at({.commit = branch.commit_id});
  }
  Result<bool> shown_by(const version::Tag& tag) const { return shown_at({.commit = tag.commit_id}); }
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
