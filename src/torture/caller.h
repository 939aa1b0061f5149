// Carries operations out on a lake, each in one attempt, and says what came of them.
#pragma once

#include <string>

#include "client/lake.h"
#include "torture/model.h"
#include "torture/operation.h"

namespace mere::torture {

class Caller {
 public:
  // `imports`: the folder of import_source.h.
  Caller(client::Api api, std::string repository, std::string imports)
      : api_(std::move(api)), repository_(std::move(repository)), imports_(std::move(imports)) {}

  // `model` knows the ids of the commits that the operation names.
  Outcome carry_out(const Operation& operation, const Model& model) const;

 private:
  Result<std::string> call(const Operation& operation, const Model& model,
                           const client::CallOptions& options) const;

  Result<std::string> put_in_parts(const Operation& operation, const client::CallOptions& options) const;

  Result<std::string> import(const Operation& operation, const client::CallOptions& options) const;

  client::Api api_;
  std::string repository_, imports_;
};

// What an answer that is no success tells: by its status, 0 if there was none.
Outcome outcome_of(int status, const Error& error);

}  // namespace mere::torture
