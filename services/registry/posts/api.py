"""`/v1/posts`: the posts of units."""

from dataclasses import replace
from functools import partial
from uuid import UUID

from fastapi import APIRouter, Response

from services.registry.access import Access, Keeper, Member, refused
from services.registry.fields import Body, Text
from services.registry.posts import store
from services.registry.posts.rules import Post
from shared.contracts import PostKind
from shared.db import Connection, uuid7
from shared.http.paging import Page, Paging
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/posts", tags=["posts"])

_HELD = "fk_assignments_tenant_id_post_id_unit_id_posts"
_REFUSALS = {
    "uq_posts_tenant_id_unit_id_title": partial(
        conflict,
        "post-title-taken",
        "Nothing was stored: the unit has a post of this title. Use that one, several people may "
        "hold it, or choose another title.",
    ),
    "fk_posts_tenant_id_unit_id_units": partial(
        refused, "unit_id", "is not a unit of this tenant: send the id of an existing unit"
    ),
    _HELD: partial(
        conflict,
        "post-held",
        "Nothing was stored: people hold or held this post. It stays in its unit; create another "
        "one there and transfer them.",
    ),
}


class NewPost(Body):
    unit_id: UUID
    title: Text
    post_kind: PostKind


class PostChange(Body):
    unit_id: UUID = UUID(int=0)
    title: Text = ""
    post_kind: PostKind = PostKind.EXECUTOR


@router.post("", status_code=201)
async def create_post(new: NewPost, caller: Keeper, registry: Access, response: Response) -> Post:
    post = Post(uuid7(), new.unit_id, new.title, new.post_kind)
    await registry.write(
        caller,
        lambda connection: store.insert(connection, caller.tenant, [post]),
        refusals=_REFUSALS,
    )
    show_version(response, post.version)
    return post


@router.get("")
async def list_posts(
    caller: Member, registry: Access, paging: Paging, unit_id: UUID | None = None
) -> Page[Post]:
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        posts = await store.page(
            connection, caller.tenant, after=after, limit=paging.fetch, unit_id=unit_id
        )
    return paging.page(posts, key=lambda post: (post.id,))


@router.get("/{post_id}")
async def show_post(post_id: UUID, caller: Member, registry: Access, response: Response) -> Post:
    async with registry.transaction(caller.tenant) as connection:
        post = await store.find(connection, caller.tenant, post_id)
    if post is None:
        raise _unknown()
    show_version(response, post.version)
    return post


@router.patch("/{post_id}")
async def change_post(
    post_id: UUID,
    change: PostChange,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Post:
    """Fields that are left out stay. Only a post that nobody ever held changes its unit."""

    async def work(connection: Connection) -> Post:
        post = await _locked(connection, caller.tenant, post_id)
        check_version(post.version, expected)
        changed = replace(post, **change.given())
        if changed == post:
            return post
        (stored,) = await store.update(connection, caller.tenant, [changed])
        return stored

    post = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, post.version)
    return post


@router.delete("/{post_id}", status_code=204)
async def delete_post(post_id: UUID, caller: Keeper, registry: Access, expected: Expected) -> None:
    async def work(connection: Connection) -> None:
        post = await _locked(connection, caller.tenant, post_id)
        check_version(post.version, expected)
        await store.delete(connection, caller.tenant, post)

    await registry.write(caller, work, refusals=_REFUSALS)


async def _locked(connection: Connection, tenant_id: UUID, post_id: UUID) -> Post:
    post = await store.find(connection, tenant_id, post_id, lock=True)
    if post is None:
        raise _unknown()
    return post


_unknown = partial(not_found, "This tenant has no post with this id: list them at /v1/posts.")
