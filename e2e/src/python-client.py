"""Does with HubSpot's official Python client what its integrators do, and prints what came of it as one line of JSON."""

import datetime
import json
import os
import time
import urllib.request

from hubspot import HubSpot
from hubspot.marketing.emails import ApiException as EmailsError
from hubspot.marketing.emails import EmailCreateRequest, EmailUpdateRequest
from hubspot.marketing.transactional import ApiException as SendsError
from hubspot.marketing.transactional import PublicSingleSendEmail, PublicSingleSendRequestEgg

base, key = os.environ["BASE_URL"], os.environ["API_KEY"]
client = HubSpot(access_token=key, host=base)
emails = client.marketing.emails.marketing_emails_api
sends = client.marketing.transactional.single_send_api


def get(path):
    """Reads what the client has no method for; its `api_request` only speaks to HubSpot."""
    request = urllib.request.Request(base + path, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer), answer.headers


def refusal(error_type, call):
    try:
        call()
    except error_type as error:
        return [error.status, json.loads(error.body)["category"]]
    return None


def author():
    content = {"widgets": {"main": {"body": {"html": "<p>Order {{ custom.order }} for {{ contact.firstname }}</p>"}}}}
    sender = {"fromName": "Shop", "replyTo": "orders@shop.example"}
    request = EmailCreateRequest(name="Python", subject="Receipt", content=content, _from=sender)
    created = emails.create(email_create_request=request)
    emails.publish_or_send(created.id)
    emails.upsert_draft(created.id, email_update_request=EmailUpdateRequest(subject="Receipt again"))
    return created


def send(email_id):
    request = PublicSingleSendRequestEgg(
        email_id=email_id,
        message=PublicSingleSendEmail(to="jane@customer.example", reply_to=["help@shop.example"]),
        contact_properties={"firstname": "Jane"},
        custom_properties={"order": "1207"},
    )
    return sends.send_email(public_single_send_request_egg=request)


def poll(status_id):
    for _ in range(200):
        status = get(f"/marketing/v3/email/send-statuses/{status_id}")[0]
        if status["status"] == "COMPLETE":
            return status["sendResult"]
        time.sleep(0.1)
    return None


def pages():
    moment = datetime.datetime(2020, 1, 1)
    page = emails.get_page(
        archived=False, include_stats=True, limit=100, sort=["-createdAt", "name"], created_after=moment,
        updated_after=moment.replace(tzinfo=datetime.timezone.utc), marketing_campaign_names=True, workflow_names=False,
    )
    published = emails.get_page(is_published=True, limit=1)
    return [page.total > 0, page.results[0].name, published.total > 0]


created = author()
sent = send(created.id)
stranger = HubSpot(access_token="access-token", host=base)
print(json.dumps({
    "created": [created.type, created.state, isinstance(created.created_at, datetime.datetime)],
    "read": emails.get_by_id(created.id, include_stats=True, archived=False).subject,
    "sent": [sent.status, isinstance(sent.requested_at, datetime.datetime)],
    "sendResult": poll(sent.status_id),
    "pages": pages(),
    "unknownKind": refusal(EmailsError, lambda: emails.get_by_id("receipt")),
    "unauthenticated": refusal(SendsError, lambda: stranger.marketing.transactional.single_send_api.send_email(
        public_single_send_request_egg=PublicSingleSendRequestEgg(
            email_id=1, message=PublicSingleSendEmail(to="a@customer.example")))),
    "ignored": get("/marketing/v3/emails?portalId=1&count=100")[1]["x-posthorn-ignored"],
    "account": get("/account-info/v3/details")[0]["portalId"] == client.oauth.access_tokens_api.get(key).hub_id,
    "owners": client.crm.owners.owners_api.get_page(limit=1).results,
}))
