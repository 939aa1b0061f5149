// Every operation of the API but uploads (upload.h): translates parameters and bodies into calls of the
// lake, and their results into responses. Blocking; any thread. One file per area, named before its members.
#pragma once

#include <optional>
#include <vector>

#include "api/operations.h"
#include "api/types.h"
#include "base/lru_cache.h"
#include "rest/context.h"

namespace mere::rest {

class Handlers {
 public:
  // `context` outlives this.
  explicit Handlers(Context& context)
      : context_(context), lake_(context.lake), engine_(context.lake.engine) {}

  // system.cpp
  http::Response setup_comm_prefs(Call& call, const api::SetupCommPrefsParams& params,
                                  const api::CommPrefsInput& body);
  http::Response get_setup_state(Call& call, const api::GetSetupStateParams& params);
  http::Response setup(Call& call, const api::SetupParams& params, const api::Setup& body);
  http::Response health_check(Call& call, const api::HealthCheckParams& params);
  http::Response get_config(Call& call, const api::GetConfigParams& params);
  http::Response get_lake_fs_version(Call& call, const api::GetLakeFsVersionParams& params);
  http::Response get_storage_config(Call& call, const api::GetStorageConfigParams& params);
  http::Response get_garbage_collection_config(Call& call,
                                               const api::GetGarbageCollectionConfigParams& params);
  http::Response post_stats_events(Call& call, const api::PostStatsEventsParams& params,
                                   const api::StatsEventsList& body);
  http::Response get_usage_report_summary(Call& call, const api::GetUsageReportSummaryParams& params);

  // users.cpp
  http::Response get_current_user(Call& call, const api::GetCurrentUserParams& params);
  http::Response login(Call& call, const api::LoginParams& params,
                       const std::optional<api::LoginInformation>& body);
  http::Response external_principal_login(Call& call, const api::ExternalPrincipalLoginParams& params,
                                          const std::optional<api::ExternalLoginInformation>& body);
  http::Response sts_login(Call& call, const api::StsLoginParams& params, const api::StsAuthRequest& body);
  http::Response get_auth_capabilities(Call& call, const api::GetAuthCapabilitiesParams& params);
  http::Response list_users(Call& call, const api::ListUsersParams& params);
  http::Response create_user(Call& call, const api::CreateUserParams& params,
                             const std::optional<api::UserCreation>& body);
  http::Response get_user(Call& call, const api::GetUserParams& params);
  http::Response delete_user(Call& call, const api::DeleteUserParams& params);
  http::Response list_groups(Call& call, const api::ListGroupsParams& params);
  http::Response create_group(Call& call, const api::CreateGroupParams& params,
                              const std::optional<api::GroupCreation>& body);
  http::Response get_group(Call& call, const api::GetGroupParams& params);
  http::Response delete_group(Call& call, const api::DeleteGroupParams& params);
  http::Response list_policies(Call& call, const api::ListPoliciesParams& params);
  http::Response create_policy(Call& call, const api::CreatePolicyParams& params, const api::Policy& body);
  http::Response get_policy(Call& call, const api::GetPolicyParams& params);
  http::Response update_policy(Call& call, const api::UpdatePolicyParams& params, const api::Policy& body);
  http::Response delete_policy(Call& call, const api::DeletePolicyParams& params);
  http::Response list_group_members(Call& call, const api::ListGroupMembersParams& params);
  http::Response add_group_membership(Call& call, const api::AddGroupMembershipParams& params);
  http::Response delete_group_membership(Call& call, const api::DeleteGroupMembershipParams& params);
  http::Response list_user_credentials(Call& call, const api::ListUserCredentialsParams& params);
  http::Response create_credentials(Call& call, const api::CreateCredentialsParams& params);
  http::Response get_credentials(Call& call, const api::GetCredentialsParams& params);
  http::Response delete_credentials(Call& call, const api::DeleteCredentialsParams& params);
  http::Response list_user_groups(Call& call, const api::ListUserGroupsParams& params);
  http::Response list_user_policies(Call& call, const api::ListUserPoliciesParams& params);
  http::Response attach_policy_to_user(Call& call, const api::AttachPolicyToUserParams& params);
  http::Response detach_policy_from_user(Call& call, const api::DetachPolicyFromUserParams& params);
  http::Response create_user_external_principal(Call& call,
                                                const api::CreateUserExternalPrincipalParams& params,
                                                const std::optional<api::ExternalPrincipalCreation>& body);
  http::Response delete_user_external_principal(Call& call,
                                                const api::DeleteUserExternalPrincipalParams& params);
  http::Response list_user_external_principals(Call& call,
                                               const api::ListUserExternalPrincipalsParams& params);
  http::Response get_external_principal(Call& call, const api::GetExternalPrincipalParams& params);
  http::Response list_group_policies(Call& call, const api::ListGroupPoliciesParams& params);
  http::Response attach_policy_to_group(Call& call, const api::AttachPolicyToGroupParams& params);
  http::Response detach_policy_from_group(Call& call, const api::DetachPolicyFromGroupParams& params);
  http::Response get_group_acl(Call& call, const api::GetGroupAclParams& params);
  http::Response set_group_acl(Call& call, const api::SetGroupAclParams& params, const api::Acl& body);
  http::Response oauth_callback(Call& call, const api::OauthCallbackParams& params);

  // repositories.cpp
  http::Response list_repositories(Call& call, const api::ListRepositoriesParams& params);
  http::Response create_repository(Call& call, const api::CreateRepositoryParams& params,
                                   const api::RepositoryCreation& body);
  http::Response get_repository(Call& call, const api::GetRepositoryParams& params);
  http::Response delete_repository(Call& call, const api::DeleteRepositoryParams& params);
  http::Response get_repository_metadata(Call& call, const api::GetRepositoryMetadataParams& params);
  http::Response set_repository_metadata(Call& call, const api::SetRepositoryMetadataParams& params,
                                         const api::RepositoryMetadataSet& body);
  http::Response delete_repository_metadata(Call& call, const api::DeleteRepositoryMetadataParams& params,
                                            const api::RepositoryMetadataKeys& body);

  // settings.cpp
  http::Response get_branch_protection_rules(Call& call, const api::GetBranchProtectionRulesParams& params);
  http::Response set_branch_protection_rules(Call& call, const api::SetBranchProtectionRulesParams& params,
                                             const std::vector<api::BranchProtectionRule>& body);
  http::Response create_branch_protection_rule_preflight(
      Call& call, const api::CreateBranchProtectionRulePreflightParams& params);
  http::Response internal_get_branch_protection_rules(
      Call& call, const api::InternalGetBranchProtectionRulesParams& params);
  http::Response internal_create_branch_protection_rule(
      Call& call, const api::InternalCreateBranchProtectionRuleParams& params,
      const api::BranchProtectionRule& body);
  http::Response internal_delete_branch_protection_rule(
      Call& call, const api::InternalDeleteBranchProtectionRuleParams& params,
      const api::InternalDeleteBranchProtectionRuleBody& body);

  // retention.cpp
  http::Response get_gc_rules(Call& call, const api::GetGcRulesParams& params);
  http::Response set_gc_rules(Call& call, const api::SetGcRulesParams& params,
                              const api::GarbageCollectionRules& body);
  http::Response delete_gc_rules(Call& call, const api::DeleteGcRulesParams& params);
  http::Response set_garbage_collection_rules_preflight(
      Call& call, const api::SetGarbageCollectionRulesPreflightParams& params);
  http::Response internal_get_garbage_collection_rules(
      Call& call, const api::InternalGetGarbageCollectionRulesParams& params);
  http::Response internal_set_garbage_collection_rules(
      Call& call, const api::InternalSetGarbageCollectionRulesParams& params,
      const api::GarbageCollectionRules& body);
  http::Response internal_delete_garbage_collection_rules(
      Call& call, const api::InternalDeleteGarbageCollectionRulesParams& params);
  http::Response prepare_garbage_collection_commits(Call& call,
                                                    const api::PrepareGarbageCollectionCommitsParams& params);
  http::Response prepare_garbage_collection_commits_async(
      Call& call, const api::PrepareGarbageCollectionCommitsAsyncParams& params);
  http::Response prepare_garbage_collection_commits_status(
      Call& call, const api::PrepareGarbageCollectionCommitsStatusParams& params);
  http::Response prepare_garbage_collection_uncommitted(
      Call& call, const api::PrepareGarbageCollectionUncommittedParams& params,
      const std::optional<api::PrepareGcUncommittedRequest>& body);

  // verifications.cpp
  http::Response verify_repository(Call& call, const api::VerifyRepositoryParams& params,
                                   const std::optional<api::VerificationCreation>& body);
  http::Response get_verification(Call& call, const api::GetVerificationParams& params);
  http::Response cancel_verification(Call& call, const api::CancelVerificationParams& params);
  http::Response list_verification_findings(Call& call, const api::ListVerificationFindingsParams& params);

  // refs_dump.cpp
  http::Response dump_refs(Call& call, const api::DumpRefsParams& params);
  http::Response restore_refs(Call& call, const api::RestoreRefsParams& params, const api::RefsRestore& body);
  http::Response dump_status(Call& call, const api::DumpStatusParams& params);
  http::Response dump_submit(Call& call, const api::DumpSubmitParams& params);
  http::Response restore_status(Call& call, const api::RestoreStatusParams& params);
  http::Response restore_submit(Call& call, const api::RestoreSubmitParams& params,
                                const api::RefsRestore& body);

  // branches.cpp
  http::Response list_branches(Call& call, const api::ListBranchesParams& params);
  http::Response create_branch(Call& call, const api::CreateBranchParams& params,
                               const api::BranchCreation& body);
  http::Response get_branch(Call& call, const api::GetBranchParams& params);
  http::Response delete_branch(Call& call, const api::DeleteBranchParams& params);
  http::Response reset_branch(Call& call, const api::ResetBranchParams& params,
                              const api::ResetCreation& body);
  http::Response hard_reset_branch(Call& call, const api::HardResetBranchParams& params);
  http::Response diff_branch(Call& call, const api::DiffBranchParams& params);

  // tags.cpp
  http::Response list_tags(Call& call, const api::ListTagsParams& params);
  http::Response create_tag(Call& call, const api::CreateTagParams& params, const api::TagCreation& body);
  http::Response get_tag(Call& call, const api::GetTagParams& params);
  http::Response delete_tag(Call& call, const api::DeleteTagParams& params);

  // commits.cpp
  http::Response commit(Call& call, const api::CommitParams& params, const api::CommitCreation& body);
  http::Response commit_async(Call& call, const api::CommitAsyncParams& params,
                              const api::CommitCreation& body);
  http::Response commit_async_status(Call& call, const api::CommitAsyncStatusParams& params);
  http::Response create_commit_record(Call& call, const api::CreateCommitRecordParams& params,
                                      const api::CommitRecordCreation& body);
  http::Response get_commit(Call& call, const api::GetCommitParams& params);
  http::Response log_commits(Call& call, const api::LogCommitsParams& params);

  // merges.cpp
  http::Response merge_into_branch(Call& call, const api::MergeIntoBranchParams& params,
                                   const std::optional<api::Merge>& body);
  http::Response merge_into_branch_async(Call& call, const api::MergeIntoBranchAsyncParams& params,
                                         const std::optional<api::Merge>& body);
  http::Response merge_into_branch_async_status(Call& call,
                                                const api::MergeIntoBranchAsyncStatusParams& params);
  http::Response find_merge_base(Call& call, const api::FindMergeBaseParams& params);
  http::Response revert_branch(Call& call, const api::RevertBranchParams& params,
                               const api::RevertCreation& body);
  http::Response cherry_pick(Call& call, const api::CherryPickParams& params,
                             const api::CherryPickCreation& body);
  http::Response diff_refs(Call& call, const api::DiffRefsParams& params);

  // objects.cpp
  http::Response get_object(Call& call, const api::GetObjectParams& params);
  http::Response head_object(Call& call, const api::HeadObjectParams& params);
  http::Response stat_object(Call& call, const api::StatObjectParams& params);
  http::Response list_objects(Call& call, const api::ListObjectsParams& params);
  http::Response get_underlying_properties(Call& call, const api::GetUnderlyingPropertiesParams& params);
  http::Response delete_object(Call& call, const api::DeleteObjectParams& params);
  http::Response delete_objects(Call& call, const api::DeleteObjectsParams& params,
                                const api::PathList& body);
  http::Response copy_object(Call& call, const api::CopyObjectParams& params,
                             const api::ObjectCopyCreation& body);
  http::Response update_object_user_metadata(Call& call, const api::UpdateObjectUserMetadataParams& params,
                                             const api::UpdateObjectUserMetadata& body);
  http::Response upload_object_preflight(Call& call, const api::UploadObjectPreflightParams& params);

  // staging.cpp
  http::Response get_physical_address(Call& call, const api::GetPhysicalAddressParams& params);
  http::Response link_physical_address(Call& call, const api::LinkPhysicalAddressParams& params,
                                       const api::StagingMetadata& body);
  http::Response stage_object(Call& call, const api::StageObjectParams& params,
                              const api::ObjectStageCreation& body);
  http::Response create_symlink_file(Call& call, const api::CreateSymlinkFileParams& params);

  // presigned_uploads.cpp
  http::Response create_presign_multipart_upload(Call& call,
                                                 const api::CreatePresignMultipartUploadParams& params);
  http::Response complete_presign_multipart_upload(
      Call& call, const api::CompletePresignMultipartUploadParams& params,
      const std::optional<api::CompletePresignMultipartUpload>& body);
  http::Response abort_presign_multipart_upload(Call& call,
                                                const api::AbortPresignMultipartUploadParams& params,
                                                const std::optional<api::AbortPresignMultipartUpload>& body);
  http::Response upload_part(Call& call, const api::UploadPartParams& params,
                             const api::UploadPartFrom& body);
  http::Response upload_part_copy(Call& call, const api::UploadPartCopyParams& params,
                                  const api::UploadPartCopyFrom& body);

  // imports.cpp
  http::Response import_start(Call& call, const api::ImportStartParams& params,
                              const api::ImportCreation& body);
  http::Response import_status(Call& call, const api::ImportStatusParams& params);
  http::Response import_cancel(Call& call, const api::ImportCancelParams& params);

  // pulls.cpp
  http::Response list_pull_requests(Call& call, const api::ListPullRequestsParams& params);
  http::Response create_pull_request(Call& call, const api::CreatePullRequestParams& params,
                                     const api::PullRequestCreation& body);
  http::Response get_pull_request(Call& call, const api::GetPullRequestParams& params);
  http::Response update_pull_request(Call& call, const api::UpdatePullRequestParams& params,
                                     const api::PullRequestBasic& body);
  http::Response merge_pull_request(Call& call, const api::MergePullRequestParams& params);

  // metadata.cpp
  http::Response get_metadata_object(Call& call, const api::GetMetadataObjectParams& params);
  http::Response get_meta_range(Call& call, const api::GetMetaRangeParams& params);
  http::Response get_range(Call& call, const api::GetRangeParams& params);

  // actions.cpp
  http::Response list_repository_runs(Call& call, const api::ListRepositoryRunsParams& params);
  http::Response get_run(Call& call, const api::GetRunParams& params);
  http::Response list_run_hooks(Call& call, const api::ListRunHooksParams& params);
  http::Response get_run_hook_output(Call& call, const api::GetRunHookOutputParams& params);

 private:
  Context& context_;
  lake::Lake& lake_;
  version::Engine& engine_;
  LruCache<std::string, std::string> listings_{32u << 20};  // pages of committed trees, by their names
};

}  // namespace mere::rest
