"""Logging in with an AWS role.

A pre-signed call of STS `GetCallerIdentity` proves who the caller is without telling the server any
secret.
"""

from __future__ import annotations

import base64
import datetime
import json
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import parse_qs, urlparse

from mere.config import ClientConfig
from mere.exceptions import api_exception_handler

if TYPE_CHECKING:
    import boto3
    from mere_sdk.client import LakeFSClient

DEFAULT_AWS_REGION = "us-east-1"
_RENEW_BEFORE = datetime.timedelta(minutes=5)


def access_token_from_aws_iam_role(
    sdk_client: LakeFSClient,
    lakefs_host: Optional[str],
    boto3_session: boto3.Session,
    aws_provider_auth_params: ClientConfig.AWSIAMProviderConfig,
) -> tuple[Any, datetime.datetime]:
    """A token for the role of `boto3_session`, and when to ask for the next one: five minutes
    before it expires.
    """
    login = login_information(lakefs_host, boto3_session, aws_provider_auth_params)
    with api_exception_handler():
        token = sdk_client.auth_api.external_principal_login(login)
    return token.token, renewal_time(aws_provider_auth_params)


def login_information(
    lakefs_host: Optional[str], session: boto3.Session, settings: ClientConfig.AWSIAMProviderConfig
) -> Any:
    """The request of that login."""
    from mere_sdk import ExternalLoginInformation

    identity = _get_identity_token(
        session,
        lakefs_host,
        presign_expiry=settings.url_presign_ttl_seconds,
        additional_headers=settings.token_request_headers,
    )
    return ExternalLoginInformation(
        token_expiration_duration=settings.token_ttl_seconds,
        identity_request={"identity_token": identity},
    )


def renewal_time(settings: ClientConfig.AWSIAMProviderConfig) -> datetime.datetime:
    lifetime = datetime.timedelta(seconds=settings.token_ttl_seconds)
    return datetime.datetime.now(datetime.timezone.utc) + lifetime - _RENEW_BEFORE


def new_aws_session() -> boto3.Session:
    try:
        import boto3
    except ImportError as error:
        raise ImportError(
            "logging in with an AWS role needs boto3: pip install 'mere[aws-iam]'"
        ) from error
    return boto3.Session()


def _get_identity_token(
    session: boto3.Session,
    lakefs_host: Optional[str],
    additional_headers: Optional[dict[str, str]],
    presign_expiry: int,
) -> str:
    from botocore.client import Config
    from botocore.signers import RequestSigner

    sts = session.client("sts", config=Config(signature_version="v4"))
    endpoint = sts.meta.endpoint_url
    region = _extract_region_from_endpoint(endpoint)
    # The STS client's own presigning cannot sign further headers; the signer below it can.
    signer = RequestSigner(
        sts.meta.service_model.service_id,
        region,
        "sts",
        "v4",
        session.get_credentials(),
        session.events,
    )
    url = signer.generate_presigned_url(
        {
            "method": "POST",
            "url": f"{endpoint}/?Action=GetCallerIdentity&Version=2011-06-15",
            "body": {},
            "headers": {"X-LakeFS-Server-ID": lakefs_host}
            if additional_headers is None
            else additional_headers,
            "context": {},
        },
        region_name=region,
        expires_in=presign_expiry,
        operation_name="",
    )
    signed = urlparse(url)
    query = {name: values[0] for name, values in parse_qs(signed.query).items()}
    identity = {
        "method": "POST",
        "host": signed.hostname,
        "region": region,
        "action": query["Action"],
        "date": query["X-Amz-Date"],
        "expiration_duration": query["X-Amz-Expires"],
        "access_key_id": query["X-Amz-Credential"].split("/")[0],
        "signature": query["X-Amz-Signature"],
        "signed_headers": query.get("X-Amz-SignedHeaders", "").split(";"),
        "version": query["Version"],
        "algorithm": query["X-Amz-Algorithm"],
        "security_token": query.get("X-Amz-Security-Token"),
    }
    return base64.b64encode(json.dumps(identity).encode()).decode()


def _extract_region_from_endpoint(endpoint: str) -> str:
    """`sts.<region>.amazonaws.com` or `<id>.sts.<region>.…`; the global endpoint has none."""
    labels = str(endpoint).split(".")
    if len(labels) == 4:
        return labels[1]
    return labels[2] if len(labels) > 4 else DEFAULT_AWS_REGION
